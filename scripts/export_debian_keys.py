"""Export the public keys of Debian's archive for the releases we build on.

    python scripts/export_debian_keys.py /usr/share/keyrings

The directory is that of the package debian-archive-keyring (verify the package first: apt does).
Writes src/ironhull/debian/keys/*.asc, ASCII armored, one file per key.
"""

import subprocess
import sys
from pathlib import Path

KEYS = Path(__file__).parent.parent / "src/ironhull/debian/keys"
RELEASES = ("bookworm", "trixie")
KINDS = ("automatic", "security-automatic", "stable")


def main() -> int:
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/keyrings")
    KEYS.mkdir(exist_ok=True)
    for release in RELEASES:
        for kind in KINDS:
            name = f"debian-archive-{release}-{kind}"
            armored = subprocess.run(
                ["gpg", "--batch", "--no-default-keyring", "--enarmor"],
                input=(source / f"{name}.gpg").read_bytes(),
                capture_output=True,
                check=True,
            ).stdout.decode("ascii")
            text = armored.replace("PGP ARMORED FILE", "PGP PUBLIC KEY BLOCK")
            lines = [line for line in text.splitlines() if not line.startswith("Comment:")]
            (KEYS / f"{name}.asc").write_text("\n".join(lines) + "\n", encoding="ascii")
            print(KEYS / f"{name}.asc")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
