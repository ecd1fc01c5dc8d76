"""Maintainer scripts: what is done here, not needed, done already, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.patch.scripts import judge_scripts

SH = "#!/bin/sh\nset -e\n"


def judged(
    new: str,
    *,
    old: str | None = "",
    script: str = "postinst",
    name: str = "tool",
    before: str = "2",
) -> tuple[list[str], list[str]]:
    there = None if old is None else {script: old.encode()} if old else {"prerm": b""}
    return judge_scripts(name, there, {script: new.encode()}, before)


@pytest.mark.parametrize(
    "script",
    [
        "",
        'if [ "$1" = "configure" ]; then\n  ldconfig\nfi\n',
        "if [ -d /run/systemd/system ]; then\n  systemctl daemon-reload >/dev/null || true\nfi\n",
        'case "$1" in\n configure)\n  update-alternatives --install /bin/x x /bin/y 5\n ;;\nesac\n',
        "if command -v py3compile >/dev/null 2>&1; then\n  py3compile -p tool\nfi\n",
        ". /usr/share/debconf/confmodule\ndb_get tool/x\necho \"$RET\" | sed 's/a/b/'\n",
        'dpkg-maintscript-helper rm_conffile /etc/x 1.0~ -- "$@"\n',
        "say() {\n  echo hello\n}\nsay\n",
        "# adduser is only named here\n",
        "cat <<END\nadduser x\nEND\n",
    ],
)
def test_what_an_image_does_not_need(script: str) -> None:
    assert judged(SH + script) == ([], [])


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("adduser --system tool\n", "runs adduser, which is not done here"),
        ("if true; then chown x /y; fi\n", "runs chown, which is not done here"),
        ("x=$(usermod -a y)\n", "runs usermod, which is not done here"),
        ("setcap cap_net_raw+ep /bin/ping || chmod u+s /bin/ping\n", "runs setcap"),
        ("if ((; then\n", "runs something that is not understood"),
        ('dpkg-maintscript-helper rm_conffile /etc/x 3~ -- "$@"\n', "does rm_conffile /etc/x"),
        ('dpkg-maintscript-helper dir_to_symlink /a /b 3 tool -- "$@"\n', "does dir_to_symlink /a"),
    ],
)
def test_what_is_refused(script: str, what: str) -> None:
    notes, refused = judged(SH + script)
    assert not notes
    assert len(refused) == 1
    assert what in refused[0]


def test_a_program_in_another_language_is_refused() -> None:
    assert judged("#!/usr/bin/perl\nexit 0;\n")[1] == [
        "postinst of tool runs /usr/bin/perl, which is not done here"
    ]


def test_what_ran_when_it_was_installed_is_done() -> None:
    script = SH + "adduser --system tool\n"
    notes, refused = judged(script, old=script)
    assert (notes, refused) == (["tool: postinst is that of 2, its effects stay"], [])


def test_what_is_made_from_the_packages_files_is_not() -> None:
    script = SH + "setcap cap_net_raw+ep /bin/ping\n"
    assert judged(script, old=script)[1] == ["postinst of tool runs setcap"]


def test_an_image_without_dpkg_never_ran_any() -> None:
    assert judged(SH + "adduser x\n", old=None) == ([], [])


def test_packages_that_were_read_are_settled() -> None:
    assert judged(SH + "adduser _apt\n", name="apt") == ([], [])
    assert judged(SH + "adduser _apt\n", name="aptly")[1]


def test_removal_scripts_ask_for_their_reason() -> None:
    guarded = SH + 'if [ "$1" = purge ]; then\n  deluser tool\nfi\n'
    bare = SH + "deluser tool\n"
    assert judge_scripts("tool", {"postrm": guarded.encode()}, {}, "2") == ([], [])
    assert judge_scripts("tool", {"postrm": bare.encode()}, {}, "2") == (
        [],
        ["postrm of tool 2 runs deluser"],
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(data: bytes) -> None:
    notes, refused = judge_scripts("tool", {}, {"postinst": data, "preinst": data}, "1")
    assert all(isinstance(line, str) for line in (*notes, *refused))
