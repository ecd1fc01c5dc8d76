"""docs/base-families.md, made of the table: python -m tests.hardening.families_page writes it."""

from pathlib import Path

from ironhull.hardening.families import families

PAGE = Path(__file__).parents[2] / "docs" / "base-families.md"

_HEAD = """# Families of base images

`ironhull harden --base FAMILY` moves a Dockerfile to the images of one family: what builds to an
image with a shell and a package manager, what runs to one without. Where a family has not the
version that the Dockerfile asks for, the next newer one is taken, else its newest, and the change
says so. *Build in* is empty where a family has no image with that toolchain: the image that the
Dockerfile stands on stays the builder, and nothing of it ships but what is copied.

The table is `src/ironhull/hardening/families.toml`. A tag there moves; `ironhull harden` pins it by
the digest it has that day.
"""
_KINDS = {
    "go": "Go, static",
    "rust": "Rust, static",
    "cc": "programs with glibc",
    "c": "C and C++",
    "static": "static programs",
    "node": "Node.js",
}


def page() -> str:
    """The whole page."""
    lines = [_HEAD.rstrip()]
    for family in families():
        lines += ["", f"## {family.name}", "", f"{family.title}. {family.about}", ""]
        if family.packages == "apk":
            lines += [
                "Packages are those of Wolfi (apk): names of Debian's do not exist there.",
                "",
            ]
        lines += ["| for | version | build in | run on | as |", "| --- | --- | --- | --- | --- |"]
        for language, pairs in family.pairs.items():
            name = _KINDS.get(language, language.capitalize())
            for pair in pairs:
                build = f"`{pair.build}`" if pair.build else ""
                row = (name, pair.version, build, f"`{pair.run}`", pair.user)
                lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
