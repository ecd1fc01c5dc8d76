"""Images, packages and statements about them by chance, near enough to each other to meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from packageurl import PackageURL

from tests.quality.vex.cases import document
from tests.quality.vex.oracle import Installed, Known, Release, World, full_name

DIGESTS = tuple(f"sha256:{number * 64}" for number in "123")
LAYERS = ("sha256:" + 64 * "a", "sha256:" + 64 * "b", "sha256:" + 64 * "c")
NAMES = ("CVE-2023-1", "GHSA-aaaa-bbbb-cccc", "CVE-2023-2")
BASE = "sha256:" + 64 * "d"
RELEASE = Release("debian", "12", "bookworm")

_DEB = "arch=amd64&distro=debian-12"
PACKAGES = (
    Installed(f"pkg:deb/debian/libssl3@3.0.11-1?{_DEB}", ("openssl", "3.0.11-1"), "var/status"),
    Installed(f"pkg:deb/debian/openssl@3.0.11-1?{_DEB}", None, "var/status"),
    Installed(f"pkg:deb/debian/bash@5.2-2%2Bb2?{_DEB}", ("bash", "5.2-2"), "var/status"),
    Installed(f"pkg:deb/debian/zlib1g@1:1.2-1?{_DEB}", ("zlib", "1:1.2-1"), "var/status"),
    Installed("pkg:pypi/ruamel.yaml-clib@0.2.8", None, "lib/METADATA"),
    Installed("pkg:npm/%40babel/traverse@7.22.0", None, "app/package.json"),
    Installed("pkg:golang/golang.org/x/crypto@v0.17.0", None, "usr/bin/one"),
    Installed("pkg:golang/golang.org/x/crypto@v0.17.0", None, "usr/bin/two"),
    Installed("pkg:golang/example.org/one@v1.0.0", None, "usr/bin/one"),
    Installed("pkg:golang/example.org/two@v1.0.0", None, "usr/bin/two"),
    Installed("pkg:cargo/openssl", None, "Cargo.lock"),
)
_USERS = {
    "pkg:golang/golang.org/x/crypto@v0.17.0": (
        "pkg:golang/example.org/one@v1.0.0",
        "pkg:golang/example.org/two@v1.0.0",
    )
}
_PROGRAMS = {"usr/bin/one": PACKAGES[8], "usr/bin/two": PACKAGES[9]}
_REPOSITORIES = (
    "web",
    "library/web",
    "docker.io/library/web",
    "index.docker.io/library/web",
    "someone/web",
    "ghcr.io/someone/web",
    "registry.example:5000/team/web",
    "base",
)
_STATUSES = ("not_affected", "not_affected", "fixed", "affected", "under_investigation")
_TIMES = (
    "",
    "2024-01-01T00:00:00Z",
    "2024-01-01T03:00:00+03:00",
    "2024-01-01T00:00:00.5Z",
    "2024-01-01T00:00:00.25Z",
    "2024-01-01T01:00:00+03:00",
    "2025-06-01T00:00:00Z",
    "2026-01-01T00:00:00-01:00",
)


@st.composite
def worlds(draw: Any) -> tuple[World, str]:
    """An image and the name it was asked for by."""
    chosen = draw(st.lists(st.sampled_from(PACKAGES), min_size=1, max_size=6, unique=True))
    programs = {_PROGRAMS[p.place] for p in chosen if p.place in _PROGRAMS}
    layer = st.sampled_from(LAYERS)
    packages = tuple(
        Installed(p.purl, p.source, p.place, draw(layer))
        for p in (*chosen, *sorted(programs - set(chosen), key=PACKAGES.index))
    )
    path = draw(st.sampled_from(_REPOSITORIES))
    tag = draw(st.sampled_from(("1", "2", "")))
    pinned = draw(st.booleans())
    name = path + (f":{tag}" if tag else "") + (f"@{DIGESTS[0]}" if pinned else "")
    known = Known(
        ((full_name(path), tag or ("" if pinned else "latest")),),
        DIGESTS[: draw(st.integers(0 if not pinned else 1, 2))],
        "linux",
        draw(st.sampled_from(("amd64", "arm64"))),
        name,
    )
    lowest = draw(st.sampled_from((LAYERS[:1], LAYERS[:2], LAYERS[1:2])))
    base = Known(((full_name("base"), "1"),), (BASE,))
    return World(known, RELEASE, packages, LAYERS, ((base, lowest),), _USERS), name


@st.composite
def package_purls(draw: Any) -> str:
    """A package URL of one of PACKAGES or of its source, more or less."""
    package = draw(st.sampled_from(PACKAGES))
    purl = PackageURL.from_string(package.purl)
    if package.source and draw(st.booleans()):
        qualifiers = {k: v for k, v in (purl.qualifiers or {}).items() if k != "arch"}
        purl = purl._replace(
            name=package.source[0], version=package.source[1], qualifiers=qualifiers
        )
    version = draw(st.sampled_from((purl.version, purl.version, None, "9.9")))
    if version and purl.type == "golang" and draw(st.booleans()):
        version = version.removeprefix("v")
    qualifiers = draw(
        st.sampled_from(
            (
                {},
                {},
                dict(purl.qualifiers or {}),
                {"arch": "amd64"},
                {"arch": "source"},
                {"distro": "bookworm"},
                {"distro": "debian-13"},
                {"os_name": "debian", "os_version": "12", "os_distro": "bookworm"},
                {"os_version": "13"},
                {"build": "7"},
            )
        )
    )
    text = purl._replace(version=version, qualifiers=qualifiers).to_string()
    return str(
        draw(st.sampled_from((text, text, text.replace("-", "%2D"), text.replace("%40", "@"))))
    )


@st.composite
def image_names(draw: Any) -> str:
    """An image as statements name it."""
    path = draw(st.sampled_from(_REPOSITORIES))
    tag = draw(st.sampled_from(("", "1", "2")))
    digest = draw(st.sampled_from(("", "", *DIGESTS, BASE)))
    form = draw(st.sampled_from(("docker", "trivy", "grype", "bare", "reference", "digest")))
    arch = draw(st.sampled_from(("", "", "amd64", "arm64")))
    registry, _, rest = full_name(path).partition("/")
    above, _, last = rest.rpartition("/")
    if form == "digest" and digest:
        return str(digest)
    if form in ("reference", "digest"):
        return str(path) + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    if form == "docker":
        more = {"platform": f"linux/{arch}"} if arch else {}
        if digest and draw(st.booleans()):
            return str(PackageURL("docker", None, path, tag, {**more, "digest": digest}))
        return str(PackageURL("docker", None, path, digest or tag, more)).replace("%2F", "/")
    more = {"arch": arch} if arch else {}
    if tag and not digest:
        more["tag"] = tag
    if form == "trivy":
        more["repository_url"] = f"{registry}/{rest}"
    elif form == "grype":
        more["repository_url"] = "/".join(part for part in (registry, above) if part)
    return str(PackageURL("oci", None, last, digest or None, more))


@st.composite
def statements(draw: Any) -> dict[str, Any]:
    """A statement, most often one that can be used."""
    status = draw(st.sampled_from(_STATUSES))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
    vulnerability: dict[str, Any] = {"name": names[0].lower() if draw(st.booleans()) else names[0]}
    if names[1:]:
        vulnerability["aliases"] = names[1:]
    found: dict[str, Any] = {
        "vulnerability": vulnerability,
        "status": status,
        "products": draw(st.lists(products(), min_size=1, max_size=3)),
        "justification": draw(st.sampled_from(("vulnerable_code_not_present",) * 4 + ("", "why"))),
        "action_statement": "update" if status == "affected" else "",
        "timestamp": draw(st.sampled_from(_TIMES)),
    }
    if status != "not_affected":
        del found["justification"]
    return {key: value for key, value in found.items() if value}


@st.composite
def products(draw: Any) -> dict[str, Any]:
    """An image or a package, the whole or parts of it."""
    named = image_names() if draw(st.booleans()) else package_purls()
    found: dict[str, Any] = {"@id": draw(named)}
    if draw(st.integers(0, 9)) == 0:
        found["identifiers"] = {"purl": draw(package_purls())}
    if draw(st.integers(0, 9)) == 0:
        found["hashes"] = {"sha-256": draw(st.sampled_from(DIGESTS)).removeprefix("sha256:")}
    parts = draw(st.lists(package_purls(), max_size=2))
    if parts and draw(st.booleans()):
        found["subcomponents"] = [{"@id": part} for part in parts]
    return found


@st.composite
def documents(draw: Any) -> list[tuple[dict[str, Any], str]]:
    """Documents, each with the digest of the base image it came with, or ""."""
    found = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        made = document(draw(st.lists(statements(), min_size=1, max_size=4)), number)
        made["timestamp"] = draw(st.sampled_from(_TIMES[1:]))
        found.append((made, draw(st.sampled_from(("", "", BASE)))))
    return found
