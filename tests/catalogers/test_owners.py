"""Which distribution package ships a path, by the lists of dpkg, apk and rpm."""

from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalogers._owners import owners
from ironhull.catalogers._probes import RPM as PROBE
from ironhull.catalogers._rpm_facts import shipped
from ironhull.model import File, Location, Package
from ironhull.oci._probing import MemoryBody
from tests import rpmdbs
from tests.trees import DictTree

STATUS = "var/lib/dpkg/status"
DEB = Package("deb", "bash", "5", locations=(Location(STATUS),))
LISTED = Package(
    "deb", "bash", "5", locations=(Location("var/lib/dpkg/info/bash.list"), Location(STATUS))
)
DISTROLESS = Package("deb", "bash", "5", locations=(Location("var/lib/dpkg/status.d/bash"),))
APK = Package("apk", "busybox", "1-r0", locations=(Location("lib/apk/db/installed"),))
RPM = Package("rpm", "bash", "1.0-1.el9", arch="x86_64")


def owned(paths: list[str], package: Package, files: dict[str, bytes | str]) -> dict[str, str]:
    found = owners(paths, [package], DictTree(files, probes=[PROBE]))
    return {path: owner.name for path, owner in found.items()}


def test_dpkg_lists_name_any_file_under_either_name() -> None:
    files: dict[str, bytes | str] = {
        "var/lib/dpkg/info/bash.list": "/.\n/bin\n/bin/bash\n/usr/lib/x/package.json"
    }
    paths = ["usr/bin/bash", "bin/bash", "usr/lib/x/package.json", "opt/own", "bin"]
    assert owned(paths, LISTED, files) == {
        "usr/bin/bash": "bash",
        "bin/bash": "bash",
        "usr/lib/x/package.json": "bash",
        "bin": "bash",
    }
    assert owned(["opt/own"], LISTED, files) == {}
    assert owned([], LISTED, files) == {}


def test_many_names_at_once_and_few_are_the_same() -> None:
    lines = [f"/usr/share/d{number}/f{number}" for number in range(40)]
    files: dict[str, bytes | str] = {"var/lib/dpkg/info/bash.list": "\n".join(lines)}
    for count in (1, 7, 30):
        asked = [line[1:] for line in lines[:count]]
        assert set(owned([*asked, "usr/share/d1/f2"], LISTED, files)) == set(asked)


def test_checksums_of_distroless_images() -> None:
    digest = "0" * 32
    files: dict[str, bytes | str] = {
        "var/lib/dpkg/status.d/bash.md5sums": f"{digest}  bin/bash\n{digest}  ./usr/bin/x\n"
    }
    assert owned(["bin/bash", "usr/bin/x", "bin/y"], DISTROLESS, files) == {
        "bin/bash": "bash",
        "usr/bin/x": "bash",
    }


def test_apk_lists_directories_and_the_files_in_them() -> None:
    text = (
        "P:other\nV:1\nF:bin\nR:x\n\nP:busybox\nV:1-r0\nF:bin\nR:busybox\nF:\nR:init\nF:etc\nR:x\n"
    )
    files: dict[str, bytes | str] = {"lib/apk/db/installed": text}
    paths = ["bin/busybox", "usr/bin/busybox", "init", "etc/x", "bin/x", "sbin/busybox"]
    assert owned(paths, APK, files) == {
        "bin/busybox": "busybox",
        "usr/bin/busybox": "busybox",
        "init": "busybox",
        "etc/x": "busybox",
    }


class _Merged(DictTree):
    """usr/sbin is a link to usr/bin."""

    def find(self, path: str) -> File | None:
        return super().find(path.replace("usr/sbin/", "usr/bin/"))


def test_rpm_lists_and_a_merged_sbin() -> None:
    blob = rpmdbs.package("bash", files=["/usr/bin/bash", "/usr/sbin/tool", "/etc/x"])
    other = rpmdbs.package("other", files=["/usr/lib/bash"])
    files: dict[str, bytes | str] = {
        "var/lib/rpm/rpmdb.sqlite": rpmdbs.sqlite([blob, other]),
        "usr/bin/tool": "x",
    }
    paths = ["usr/bin/bash", "bin/bash", "usr/bin/tool", "usr/lib/bash", "x"]
    assert owned(paths, RPM, files) == {"usr/bin/bash": "bash", "bin/bash": "bash"}
    merged = _Merged(files, probes=[PROBE])
    assert set(owners(paths, [RPM], merged)) == {"usr/bin/bash", "bin/bash", "usr/bin/tool"}


_PATHS = st.lists(
    st.sampled_from([f"/{a}/{b}" for a in ("a", "b/c", "d/a") for b in "xyzabc"]), unique=True
)


@given(_PATHS, _PATHS, _PATHS)
def test_rpm_finds_just_what_packages_ship(
    first: list[str], second: list[str], asked: list[str]
) -> None:
    blobs = [rpmdbs.package("one", files=first), rpmdbs.package("two", files=second)]
    facts = PROBE.extract("var/lib/rpm/Packages.db", MemoryBody(rpmdbs.ndb(blobs)))
    found = {
        (label[0], path.decode()) for label, path in shipped(facts, {p.encode() for p in asked})
    }
    assert found == {
        (name, path)
        for name, paths in (("one", first), ("two", second))
        for path in paths
        if path in asked
    }
