"""Dockerfiles: DockerfileError with a place, or rules that say something of their lines."""

from fuzz._harness import fuzz
from ironhull.dockerfiles import commands_of, read_dockerfile
from ironhull.errors import DockerfileError
from ironhull.hardening.rules import check

SEEDS = (
    b"# syntax=docker/dockerfile:1\nARG V=3\nFROM python:${V:-4} AS b\nRUN pip install x\n",
    b'FROM a\nRUN <<E\nif a; then b; fi\nE\nCOPY --from=b ["x", "/y"]\nCMD ["a", "b"]\n',
    b"FROM a\nENV A='b c' D=$A\nHEALTHCHECK CMD curl x || exit 1\nONBUILD RUN sh -c \"$(e)\"\n",
    b"# escape=`\nFROM a\nRUN case x in a|b) c `\n ;; esac; f() { g; }; [[ h ]] && (i)\n",
)


def one(data: bytes) -> None:
    try:
        dockerfile = read_dockerfile(data, "Dockerfile")
        checked = check(dockerfile, today="2026-01-01")
    except DockerfileError as error:
        assert error.message.startswith("Dockerfile:")
        assert error.message.isprintable()
        return
    last = dockerfile.text.count("\n") + 1
    assert all(0 <= remark.line <= remark.end <= last for remark in checked.remarks)
    for instruction in dockerfile.instructions():
        assert all(1 <= command.line <= last for command in commands_of(instruction))


if __name__ == "__main__":
    fuzz(one, SEEDS, longest=2000)
