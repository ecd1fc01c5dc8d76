"""Definitions in the catalog's shape: read whole, or refused with line, key and what to do."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.debian_base.definition import (
    Definition,
    PackageRequest,
    PathRule,
    Repository,
    User,
    load_definition,
    source_bytes,
)
from ironhull.errors import DefinitionError
from ironhull.limits import LIMITS
from ironhull.model import Platform

WHOLE = """\
# syntax=example.org/build:2-debian13

name: A base
image: example.org/base
variant: dev
flavor: compat
track:
  - {type: debian_package, package: "pkg:deb/debian/bash", set: VERSION}
tags:
  - 3.10
  - "${V}-debian13"
suffix: x
entitlement: public
platforms: [linux/amd64, linux/arm/v7]
dates: {release: 2025-08-09, end-of-life: "2028-08-09"}
vars:
  MAJOR: "5"
  V: ${MAJOR}.2
compression: zstd
output: layered
contents:
  repositories:
    - deb [signed-by=/usr/share/keyrings/x.gpg arch=amd64] http://deb.debian.org/debian trixie main
    - deb http://deb.debian.org/debian-security/ trixie-security main contrib
    - deb-src http://deb.debian.org/debian trixie main
    - |
      Types: deb deb-src
      URIs: https://snapshot.debian.org/archive/debian/20250101T000000Z
      Suites: trixie trixie-updates
      Components: main
      Check-Valid-Until: no
  keyring: [https://example.org/key.asc, keys/mine.gpg]
  packages: ['!gawk', '!mawk', mawk, bash=5.2-1, tzdata/trixie-security]
  files: []
  mappings: {bash: "pkg:deb/debian/bash"}
accounts:
  root: true
  run-as: web
  users:
    - {name: web, uid: 65532, gid: 65532, home: /srv, shell: /bin/sh}
  groups:
    - {name: web, gid: 65532, members: [web]}
os-release:
  id: debian
  id-like: x
  version-id: 13
  version-codename: trixie
  pretty-name: A base
environment: {PATH: /bin, V: "${V}", N: 1}
entrypoint: [/bin/a]
cmd: [-c, 'x ${V}']
work-dir: /srv
ports: [8080/tcp, 53]
volumes: [/data]
labels: {a: b}
annotations: {c: d}
paths:
  - {type: symlink, path: /usr/bin/x, source: /bin/y}
  - {type: directory, path: /srv/, uid: 65532, gid: 65532, mode: "1777", recursive: true}
  - {type: file, path: /a, content: "${V} ${HOME}", mode: 0755, platforms: [linux/amd64]}
  - {type: delete, path: /b}
  - {type: emptyfile, path: /c}
stop-signal: SIGQUIT
tests:
  - {name: t, commands: [x], exit-code: 0}
fips-compliant: false
"""


def _load(text: str) -> Definition:
    return load_definition(text.encode(), "d.yaml")


def test_a_definition_with_every_key() -> None:
    made = _load(WHOLE)
    assert made.tags == ("3.10", "5.2-debian13")
    assert made.platforms == (Platform("linux", "amd64"), Platform("linux", "arm", "v7"))
    assert made.dates == {"release": "2025-08-09", "end-of-life": "2028-08-09"}
    snapshot = "https://snapshot.debian.org/archive/debian/20250101T000000Z"
    assert made.repositories == (
        Repository(
            "http://deb.debian.org/debian",
            "trixie",
            ("main",),
            ("amd64",),
            "/usr/share/keyrings/x.gpg",
        ),
        Repository("http://deb.debian.org/debian-security", "trixie-security", ("main", "contrib")),
        Repository(snapshot, "trixie", ("main",), check_valid_until=False),
        Repository(snapshot, "trixie-updates", ("main",), check_valid_until=False),
    )
    assert made.keyring == ("https://example.org/key.asc", "keys/mine.gpg")
    assert made.packages == (
        PackageRequest("mawk"),
        PackageRequest("bash", version="5.2-1"),
        PackageRequest("tzdata", suite="trixie-security"),
    )
    assert made.excluded == ("gawk",)
    assert made.accounts.users == (User("web", 65532, 65532, "/srv", "/bin/sh"),)
    assert (made.accounts.root, made.accounts.run_as) == (True, "web")
    assert list(made.os_release) == [
        "ID",
        "ID_LIKE",
        "VERSION_ID",
        "VERSION_CODENAME",
        "PRETTY_NAME",
    ]
    assert made.os_release["VERSION_ID"] == "13"
    assert made.environment == {"PATH": "/bin", "V": "5.2", "N": "1"}
    assert made.cmd == ("-c", "x 5.2")
    assert made.ports == ("8080/tcp", "53/tcp")
    assert made.paths[0] == PathRule("symlink", "/usr/bin/x", source="/bin/y")
    assert made.paths[1] == PathRule(
        "directory", "/srv", uid=65532, gid=65532, mode=0o1777, recursive=True
    )
    assert made.paths[2].content == "5.2 ${HOME}"
    assert made.paths[2].mode == 0o755
    assert made.essential
    assert made.codename == "trixie"
    said = " ".join(made.notes)
    for key in ("track", "tests", "compression", "output", "contents.mappings"):
        assert f"{key}:" in said


SMALL = """\
image: base
contents:
  packages: [base-files]
os-release: {id: debian, version-codename: trixie}
"""


def test_without_repositories_they_follow_from_the_release() -> None:
    made = _load(SMALL)
    assert [str(repository) for repository in made.repositories] == [
        "deb http://deb.debian.org/debian trixie main",
        "deb http://deb.debian.org/debian trixie-updates main",
        "deb http://deb.debian.org/debian-security trixie-security main",
    ]
    assert made.variant == "runtime"
    assert not made.essential
    assert made.platforms == (Platform("linux", "amd64"), Platform("linux", "arm64"))
    assert made.notes == ()


@pytest.mark.parametrize(
    ("text", "match", "hint"),
    [
        ("", "not a mapping", ""),
        ("- a", "not a mapping", ""),
        ("{", "not YAML: line", ""),
        ("a: b: c", "not YAML: line 1", ""),
        ("\ttabs: 1", "not YAML", ""),
        (SMALL + "tgas: [x]", "d.yaml:5: tgas is not a key", 'did you mean "tags"?'),
        (SMALL.replace("packages", "pakages"), "3: contents.pakages is", '"packages"?'),
        (SMALL + "zzz: 1", "zzz is not a key", "known: name, image"),
        (SMALL + "image: x", "d.yaml:5: image is given twice", ""),
        (SMALL + "cmd: &a [*a]", "cmd|alias", ""),
        (SMALL + "tags: &t [a]\ncmd: *t", "aliases", "write the value out"),
        (SMALL + "cmd: sh", "cmd: must be a list", "line of its own"),
        (SMALL + "cmd: [[a]]", r"cmd\[0\]: must be a text", ""),
        (SMALL + "labels: [a]", "labels: must be a mapping", ""),
        (SMALL + "name: ${X}", r"\$\{X\} is not defined", "define it under vars"),
        (SMALL + "vars: {NAME: a}\nname: ${NAMES}", "is not defined", "${NAME}?"),
        (SMALL + "variant: helm", "'helm' is none of runtime, dev, slim", ""),
        (SMALL + "variant: runtim", "'runtim' is none of", '"runtime"'),
        (SMALL + "work-dir: srv", "'srv' is not an absolute path", ""),
        (SMALL + "ports: [0]", "is not a port", "8080/tcp"),
        (SMALL + "ports: [70000/tcp]", "is not a port", ""),
        (SMALL + "platforms: [windows/amd64]", "not a platform", "linux/amd64"),
        (SMALL + "environment: {a=b: c}", "not the name of an env", ""),
        (SMALL + "fips-compliant: true", "nothing we build is certified", "leave fips"),
        (SMALL + "includes: [x.yaml]", "includes are not supported", "into this def"),
        (SMALL + "accounts: {run-as: web}", "'web' is not a user", "accounts.users"),
        (SMALL + "accounts: {users: [{name: a, uid: 1}]}", "gid is missing", ""),
        (SMALL + "accounts: {users: [{name: a, uid: -1, gid: 1}]}", "uid: must be a number", ""),
        (SMALL + "accounts: {users: [{name: 'a:b', uid: 1, gid: 1}]}", "not a user or g", ""),
        (SMALL + "accounts: {groups: [{name: a, gid: 1, members: [b]}]}", "member b", ""),
        (SMALL + "paths: [{type: file, path: /a}]", "content or source", "emptyfile"),
        (SMALL + "paths: [{type: symlink, path: /a}]", "needs source", ""),
        (SMALL + "paths: [{type: dir, path: /a}]", "'dir' is none of", ""),
        (SMALL + "paths: [{type: delete, path: a}]", "not an absolute path", ""),
        (SMALL + "paths: [{type: delete, path: /a/../../b}]", "not an absolute path", ""),
        (SMALL + "paths: [{type: directory, path: /a, mode: 9}]", "octal", ""),
        (SMALL + "paths: [{type: delete, path: /a, if: x}]", "conditions are not", ""),
        (SMALL.replace("[base-files]", "[]"), "names no package", ""),
        (SMALL.replace("base-files", "Bash"), "'Bash' is not a package", "name=version"),
        (SMALL.replace("base-files", "'!a=1'"), "is not a package", ""),
        (SMALL.replace("base-files", "bash, bash=1"), "asked for twice", ""),
        (SMALL.replace("trixie", "../x"), "names no Debian release", ""),
        (SMALL.replace("debian,", "alpine,"), "os-release.id is not debian", ""),
        (SMALL.replace("image: base\n", ""), "neither name nor image", ""),
        ("a: " + "[" * 60 + "]" * 60, "more than 50 levels", ""),
        ("a: " + "[" * 20_000, "not YAML|levels", ""),
    ],
)
def test_what_is_wrong_is_named(text: str, match: str, hint: str) -> None:
    with pytest.raises(DefinitionError, match=match) as caught:
        _load(text)
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("builds", "[{name: x}]", "paths"),
        ("artifacts", "[{name: x}]", "python3"),
        ("files", "[{url: 'https://x'}]", "paths"),
    ],
)
def test_what_cannot_be_built_is_said(key: str, value: str, hint: str) -> None:
    text = SMALL.replace("  packages", f"  {key}: {value}\n  packages")
    with pytest.raises(DefinitionError, match=rf"d.yaml:3: contents.{key}: .* not supp") as caught:
        _load(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("source", "match"),
    [
        ("http://x trixie main", "is not an apt source|starts with deb"),
        ("rpm http://x trixie main", "starts with deb"),
        ("deb ftp://x trixie main", "not an http, https or file"),
        ("deb http://x trixie", "without components"),
        ("deb http://x trixie/", "without components"),
        ("deb http://x ../../x main", "not a suite or component"),
        ("deb http://x trixie ma/../in", "not a suite or component"),
        ("deb [trusted=yes] http://x trixie main", "trusted=yes"),
        ("deb [foo=bar] http://x trixie main", "option 'foo=bar' is not understood"),
        ("Types: deb", "without URIs or Suites"),
        ("Types: deb\\nURIs: http://x\\nSuites: a\\nFoo: b", "'foo' is not understood"),
    ],
)
def test_apt_sources_that_cannot_be_obeyed(source: str, match: str) -> None:
    text = SMALL.replace("  packages", f'  repositories: ["{source}"]\n  packages')
    with pytest.raises(DefinitionError, match=rf"d\.yaml:3: contents\.repositories.*({match})"):
        _load(text)


def test_keys_do_not_come_over_plain_http() -> None:
    text = SMALL.replace("  packages", "  keyring: ['http://x/key']\n  packages")
    with pytest.raises(DefinitionError, match=r"contents\.keyring\[0\].*https"):
        _load(text)


def test_a_definition_too_large_or_not_text() -> None:
    with pytest.raises(DefinitionError, match="larger than"):
        load_definition(b"#" * (LIMITS.definition_bytes + 1), "d.yaml")
    with pytest.raises(DefinitionError, match="not UTF-8 text at byte 2"):
        load_definition(b"a:\xff", "d.yaml")


def test_variables_do_not_explode() -> None:
    lines = ["vars:", "  A0: " + "x" * 100]
    lines += [f"  A{n}: " + f"${{A{n - 1}}}" * 50 for n in range(1, 9)]
    with pytest.raises(DefinitionError, match="too long"):
        _load("\n".join(lines))


KEYS = st.sampled_from([*re.findall(r"^([a-z-]+):", WHOLE, re.MULTILINE), "packages", "x"])
TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_any_tree_is_a_definition_or_an_error(tree: dict[str, object]) -> None:
    try:
        made = load_definition(yaml.safe_dump(tree).encode(), "d.yaml")
    except DefinitionError as trouble:
        assert trouble.message.startswith("d.yaml")
        return
    assert made.packages


def test_sources_lie_beside_the_definition_or_above_it(tmp_path: Path) -> None:
    below = tmp_path / "image" / "x"
    below.mkdir(parents=True)
    (tmp_path / "image" / "start.sh").write_bytes(b"start")
    (tmp_path / "secret").write_bytes(b"secret")
    (below / "link").symlink_to(tmp_path / "secret")
    definition = below / "1.yaml"
    rule = PathRule("file", "/start.sh", source="image/start.sh")
    assert source_bytes(rule, definition) == b"start"
    for source in ("../secret", "/etc/passwd", "link", "none"):
        with pytest.raises(DefinitionError):
            source_bytes(PathRule("file", "/x", source=source), definition)
