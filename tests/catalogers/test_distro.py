"""Which distribution: every family by os-release, and by the files from before it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalogers._distro import PATTERNS, detect, namespace, qualifier
from ironhull.catalogers._distro_older import read
from ironhull.model import Distro
from ironhull.oci.directory import DirectoryTree
from tests.trees import DictTree


def release(identity: str, version: str, pretty: str = "", like: str = "") -> dict[str, str]:
    lines = [f"ID={identity}", f'VERSION_ID="{version}"', f'PRETTY_NAME="{pretty}"']
    lines += [f'ID_LIKE="{like}"'] if like else []
    return {"etc/os-release": "\n".join(lines) + "\n"}


@pytest.mark.parametrize(
    ("files", "identity", "version", "purl_qualifier"),
    [
        (release("alpine", "3.20.3", "Alpine Linux v3.20"), "alpine", "3.20", "alpine-3.20"),
        (release("alpine", "3.21.0_alpha20240807", "Alpine Linux edge"),
         "alpine", "edge", "alpine-edge"),
        (release("alpine", "3.20.0_rc1"), "alpine", "3.20", "alpine-3.20"),
        (release("dhi", "3.24.1", like="alpine"), "dhi", "3.24", "dhi-3.24"),
        (release("wolfi", "20230201"), "wolfi", "20230201", "wolfi-20230201"),
        (release("chainguard", "20230214"), "chainguard", "20230214", "chainguard-20230214"),
        (release("ubuntu", "22.04", like="debian"), "ubuntu", "22.04", "ubuntu-22.04"),
        (release("ubuntu-core", "22", like="debian"), "ubuntu-core", "22", "ubuntu-core-22"),
        (release("rhel", "9.4", like="fedora"), "rhel", "9.4", "rhel-9.4"),
        (release("centos", "9", "CentOS Stream 9", "rhel fedora"), "centos", "9", "centos-9"),
        (release("amzn", "2023", like="fedora"), "amzn", "2023", "amzn-2023"),
        (release("ol", "8.10", like="fedora"), "ol", "8.10", "ol-8.10"),
        (release("sles", "15.5", like="suse"), "sles", "15.5", "sles-15.5"),
        (release("sle-micro", "5.5", like="suse"), "sle-micro", "5.5", "sle-micro-5.5"),
        (release("opensuse-leap", "15.6"), "opensuse-leap", "15.6", "opensuse-leap-15.6"),
        (release("photon", "5.0"), "photon", "5.0", "photon-5.0"),
        (release("azurelinux", "3.0"), "azurelinux", "3.0", "azurelinux-3.0"),
        (release("mariner", "2.0"), "mariner", "2.0", "mariner-2.0"),
        ({"etc/initrd-release": "ID=fedora\nVERSION_ID=40\n"}, "fedora", "40", "fedora-40"),
        ({"etc/os-release": "ID=rhel\n", "etc/redhat-release":
          "Red Hat Enterprise Linux release 8.10 (Ootpa)\n"}, "rhel", "8.10", "rhel-8.10"),
        ({"etc/alpine-release": "3.2.3\n"}, "alpine", "3.2", "alpine-3.2"),
        ({"etc/alpine-release": "3.21.0_alpha20240807\n"}, "alpine", "edge", "alpine-edge"),
        ({"etc/redhat-release": "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n"},
         "rhel", "6.10", "rhel-6.10"),
        ({"etc/centos-release": "CentOS release 6.10 (Final)\n",
          "etc/redhat-release": "CentOS release 6.10 (Final)\n"}, "centos", "6.10", "centos-6.10"),
        ({"etc/oracle-release": "Oracle Linux Server release 6.10\n", "etc/redhat-release":
          "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n"}, "ol", "6.10", "ol-6.10"),
        ({"etc/system-release": "Amazon Linux AMI release 2018.03\n"},
         "amzn", "2018.03", "amzn-2018.03"),
        ({"etc/fedora-release": "Fedora release 18 (Spherical Cow)\n"},
         "fedora", "18", "fedora-18"),
        ({"etc/rocky-release": "Rocky Linux release 9.4 (Blue Onyx)\n"},
         "rocky", "9.4", "rocky-9.4"),
        ({"etc/almalinux-release": "AlmaLinux release 8.9 (Midnight Oncilla)\n"},
         "almalinux", "8.9", "almalinux-8.9"),
        ({"etc/photon-release": "VMware Photon OS 4.0\nPHOTON_BUILD_NUMBER=526e99d\n"},
         "photon", "4.0", "photon-4.0"),
        ({"etc/mariner-release": "CBL-Mariner 2.0.20240123\n"}, "mariner", "2.0", "mariner-2.0"),
        ({"etc/azurelinux-release": "Microsoft Azure Linux 3.0.20240727\n"},
         "azurelinux", "3.0", "azurelinux-3.0"),
        ({"etc/SuSE-release":
          "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n"},
         "sles", "11.4", "sles-11.4"),
        ({"etc/SuSE-release": "openSUSE 42.3 (x86_64)\nVERSION = 42.3\nCODENAME = Malachite\n"},
         "opensuse-leap", "42.3", "opensuse-leap-42.3"),
        ({"etc/SuSE-release": "openSUSE 13.2 (x86_64)\nVERSION = 13.2\n"},
         "opensuse", "13.2", "opensuse-13.2"),
        ({"etc/lsb-release": 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_CODENAME=precise\n',
          "etc/debian_version": "wheezy/sid\n"}, "ubuntu", "12.04", "ubuntu-12.04"),
        ({"etc/redhat-release": "Scientific Linux release 6.9 (Carbon)\n"},
         "scientific", "6.9", "scientific-6.9"),
    ],
)  # fmt: skip
def test_every_family(
    files: dict[str, str], identity: str, version: str, purl_qualifier: str
) -> None:
    found, problems = detect(DictTree(files))
    assert found is not None
    assert (found.id, found.version) == (identity, version)
    assert qualifier(found) == purl_qualifier
    assert not problems


def test_both_schemes_of_hardened_images() -> None:
    named, _ = detect(DictTree(release("debian", "13", "Docker Hardened Images (Debian)")))
    assert named == Distro("debian", "13", "trixie", "Docker Hardened Images (Debian)")
    own, _ = detect(DictTree(release("dhi", "13", "Docker Hardened Images", "debian")))
    assert own == Distro("dhi", "13", "", "Docker Hardened Images", ("debian",))


@pytest.mark.parametrize(
    ("identity", "ecosystem", "expected"),
    [
        ("rhel", "rpm", "redhat"),
        ("opensuse-tumbleweed", "rpm", "opensuse"),
        ("amzn", "rpm", "amzn"),
        ("wolfi", "apk", "wolfi"),
        ("rhel", "deb", "rhel"),
    ],
)
def test_namespaces(identity: str, ecosystem: str, expected: str) -> None:
    assert namespace(Distro(identity), ecosystem) == expected


def test_a_lsb_release_that_names_nothing_and_files_without_a_version_decide_nothing() -> None:
    files = {"etc/lsb-release": "LSB_VERSION=base-4.0-amd64\n", "etc/redhat-release": "rolling\n"}
    assert detect(DictTree(files)) == (None, [])


@given(st.sampled_from(PATTERNS), st.text(max_size=120))
def test_no_release_file_crashes(path: str, text: str) -> None:
    read(path, text)
    detect(DictTree({path: text}))


def test_links_lead_to_a_file_nobody_asked_for(tmp_path: Path) -> None:
    """As NixOS has it: /etc/os-release -> /etc/static/os-release -> /nix/store/…-os-release."""
    store = tmp_path / "nix/store/0123-etc-os-release"
    store.parent.mkdir(parents=True)
    store.write_text('ID=nixos\nVERSION_ID="25.05"\n')
    (tmp_path / "etc/static").mkdir(parents=True)
    (tmp_path / "etc/static/os-release").symlink_to("/nix/store/0123-etc-os-release")
    (tmp_path / "etc/os-release").symlink_to("/etc/static/os-release")
    found, problems = detect(DirectoryTree(tmp_path, PATTERNS))
    assert (str(found), problems) == ("nixos 25.05", [])
