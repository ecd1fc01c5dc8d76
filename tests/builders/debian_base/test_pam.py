"""PAM's common files as pam-auth-update makes them on a fresh Debian."""

from pathlib import Path

from ironhull.builders.debian_base.pam import write_pam
from ironhull.builders.debian_base.rootfs import Rootfs

TEMPLATE = """#
# here are the per-package modules (the "Primary" block)
$auth_primary
# here's the fallback if no module succeeds
auth	requisite			pam_deny.so
auth	required			pam_permit.so
# and here are more per-package modules (the "Additional" block)
$auth_additional
# end of pam-auth-update config
"""
UNIX = """Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_unix.so nullok try_first_pass
Auth-Initial:
	[success=end default=ignore]	pam_unix.so nullok
Session-Type: Additional
Session:
	required	pam_unix.so
"""
KRB5 = """Name: Kerberos
Default: yes
Priority: 704
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_krb5.so minimum_uid=1000
"""
HOMES = """Name: Create homes
Default: no
Priority: 0
Session-Type: Additional
Session-Interactive-Only: yes
Session:
	optional	pam_mkhomedir.so
"""


def _root(tmp_path: Path, **profiles: str) -> Rootfs:
    root = Rootfs(tmp_path)
    for kind in ("auth", "session", "session-noninteractive"):
        word = kind.partition("-")[0]
        root.write(f"usr/share/pam/common-{kind}", TEMPLATE.replace("auth", word))
    for name, text in profiles.items():
        root.write(f"usr/share/pam-configs/{name}", text)
    write_pam(root)
    return root


def _lines(root: Rootfs, kind: str) -> list[list[str]]:
    text = (root.read(f"etc/pam.d/common-{kind}") or b"").decode()
    return [line.split() for line in text.splitlines() if not line.startswith("#")]


def test_one_profile(tmp_path: Path) -> None:
    root = _root(tmp_path, unix=UNIX, homes=HOMES)
    assert _lines(root, "auth") == [
        ["auth", "[success=1", "default=ignore]", "pam_unix.so", "nullok"],
        ["auth", "requisite", "pam_deny.so"],
        ["auth", "required", "pam_permit.so"],
    ]
    assert _lines(root, "session")[0] == ["session", "[default=1]", "pam_permit.so"]
    for kind in ("session", "session-noninteractive"):
        assert _lines(root, kind)[-1] == ["session", "required", "pam_unix.so"]
    assert root.read("var/lib/pam/seen") == b"unix\n"
    assert (root.read("var/lib/pam/auth") or b"").startswith(b"Module: unix\n[success=end")


def test_jumps_are_counted_over_several(tmp_path: Path) -> None:
    lines = _lines(_root(tmp_path, unix=UNIX, krb5=KRB5), "auth")
    assert lines[0] == ["auth", "[success=2", "default=ignore]", "pam_krb5.so", "minimum_uid=1000"]
    assert lines[1][1] == "[success=1"
    assert lines[1][-1] == "try_first_pass"


def test_without_templates_nothing_is_made(tmp_path: Path) -> None:
    root = Rootfs(tmp_path)
    write_pam(root)
    assert not root.inodes
