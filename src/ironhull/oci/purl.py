"""Package URLs of images, as BuildKit writes them (util/purl) and provenance names them."""

from urllib.parse import quote

from ironhull.model import Platform
from ironhull.oci.names import Reference

__all__ = ["image_purl"]


def image_purl(reference: Reference, platform: Platform | None = None, digest: str = "") -> str:
    """`pkg:docker/<familiar name>@<tag>?digest=…&platform=…` (purl-spec, type docker).

    `digest` defaults to that of `reference`; without digest and tag the tag is "latest".
    """
    familiar = Reference(reference.registry, reference.repository).familiar
    pinned = digest or reference.digest
    tag = reference.tag or ("" if pinned else "latest")
    known = {"digest": pinned, "platform": str(platform) if platform else ""}
    qualifiers = "&".join(f"{key}={quote(known[key], safe=':')}" for key in known if known[key])
    return "".join(
        (
            f"pkg:docker/{quote(familiar, safe='/:')}",
            f"@{quote(tag, safe='')}" if tag else "",
            f"?{qualifiers}" if qualifiers else "",
        )
    )
