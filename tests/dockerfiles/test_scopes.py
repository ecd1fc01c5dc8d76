"""ARG and ENV stage by stage; the cases are those of the Dockerfile reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.dockerfiles import Dockerfile, Scope, read_dockerfile, scope_of
from ironhull.errors import DockerfileError


def scoped(text: str, **given: str) -> tuple[Dockerfile, Scope]:
    """A Dockerfile with the values for these build arguments."""
    dockerfile = read_dockerfile(text.encode(), "Dockerfile")
    return dockerfile, scope_of(dockerfile, given)


def last_words(text: str, **given: str) -> tuple[str, ...]:
    """The words of the last instruction, expanded."""
    dockerfile, scope = scoped(text, **given)
    return scope.words(dockerfile.final.instructions[-1])


@pytest.mark.parametrize(
    ("text", "given", "image"),
    [
        ("ARG V=3\nFROM p:$V\n", {}, "p:3"),
        ("ARG V=3\nFROM p:${V}-slim\n", {"V": "4"}, "p:4-slim"),
        ("ARG V\nFROM p:${V:-5}\n", {}, "p:5"),
        ("ARG V=\nFROM p:${V:-5}\n", {}, "p:5"),
        ("ARG V=\nFROM p${V:+:$V}\n", {}, "p"),
        ("ARG A=x B=${A}y\nFROM $B\n", {}, "xy"),
        ("ARG A=x\nARG B=$A-z\nFROM $B\n", {"A": "w"}, "w-z"),
        ("FROM p:$TARGETARCH\n", {}, "p:amd64"),
        ('FROM "p:1"\n', {}, "p:1"),
        ("FROM p:${NOT_DECLARED:-7}\n", {"NOT_DECLARED": "8"}, "p:7"),
        ("ARG V=v1.2\nFROM p:${V#v}\n", {}, "p:1.2"),
        ("ARG V=a/b\nFROM p:${V//\\//-}\n", {}, "p:a-b"),
    ],
)
def test_images(text: str, given: dict[str, str], image: str) -> None:
    dockerfile, scope = scoped(text, **given)
    assert scope.image(dockerfile.final) == image


def test_an_image_without_a_name_is_refused() -> None:
    with pytest.raises(DockerfileError, match="Dockerfile:2:1: FROM \\$B: the image has no name"):
        scoped("ARG B\nFROM $B\n")


@pytest.mark.parametrize(
    ("body", "given", "words"),
    [
        ("ARG A=1\nEXPOSE $A\n", {}, ("1",)),
        ("ARG A=1\nEXPOSE $A\n", {"A": "2"}, ("2",)),
        ("ARG G\nEXPOSE $G\n", {}, ("g",)),
        ("ARG G=x\nEXPOSE $G\n", {}, ("x",)),
        ("EXPOSE $G\n", {}, ("$G",)),
        ("ENV A=1\nARG A=2\nEXPOSE $A\n", {"A": "3"}, ("1",)),
        ("ENV A=1 B=$A\nEXPOSE $B\n", {}, ("$A",)),
        ("ENV A=0\nENV A=1 B=$A\nEXPOSE $B\n", {}, ("0",)),
        ("ARG A=1 B=${A}2\nEXPOSE $B\n", {}, ("12",)),
        ("ENV A one two\nLABEL x=$A\n", {}, ("x=one two",)),
        ('ENV A="p q"\nCOPY $A /z\n', {}, ("p q", "/z")),
        ("ENV A=1\nUSER '$A'\n", {}, ("$A",)),
        ("ENV A=1\nUSER \\$A\n", {}, ("$A",)),
        ("ENV A=1\nWORKDIR /x/${A}y\n", {}, ("/x/1y",)),
        ("ENV PATH=/v/bin:$PATH\nENV X=$PATH\n", {}, ("X=/v/bin:$PATH",)),
        ("ARG A\nEXPOSE ${A:-9}\n", {}, ("9",)),
        ("ARG TARGETARCH\nCOPY $TARGETARCH /x\n", {}, ("amd64", "/x")),
        ("COPY $TARGETARCH /x\n", {}, ("$TARGETARCH", "/x")),
        ("ENV P='8080 8081'\nEXPOSE $P\n", {}, ("8080", "8081")),
        ("ENV A=1\nRUN echo $A\n", {}, ("echo $A",)),
    ],
)
def test_words(body: str, given: dict[str, str], words: tuple[str, ...]) -> None:
    assert last_words(f"ARG G=g\nFROM a\n{body}", **given) == words


def test_stages_inherit_the_environment_and_not_the_arguments() -> None:
    text = (
        "FROM a AS one\nARG X=1\nENV Y=2\nUSER 7\nWORKDIR /w\n"
        "FROM One AS two\nWORKDIR sub\nLABEL l=$X-$Y\n"
        "FROM b\nLABEL l=$Y\n"
    )
    dockerfile, scope = scoped(text)
    one, two, other = dockerfile.stages
    assert scope.parent(two) is one
    assert scope.root(two) is one
    assert scope.lineage(two) == (one, two)
    assert scope.parent(other) is None
    assert scope.words(two.instructions[-1]) == ("l=$X-2",)
    assert scope.words(other.instructions[-1]) == ("l=$Y",)
    assert scope.environment(two) == {"Y": "2"}
    assert scope.user(two) == "7"
    assert scope.user(other) == ""
    assert scope.workdir(two) == "/w/sub"
    assert scope.workdir(two, two.instructions[0]) == "/w"


def test_a_stage_that_names_itself_stands_on_an_image() -> None:
    dockerfile, scope = scoped("FROM golang AS golang\nFROM golang AS golang\n")
    first, second = dockerfile.stages
    assert scope.parent(first) is None
    assert scope.parent(second) is first


def test_shell_and_signal_in_force() -> None:
    text = 'FROM a\nRUN x\nSHELL ["/bin/bash", "-c"]\nSTOPSIGNAL SIGQUIT\nRUN y\n'
    dockerfile, scope = scoped(text)
    first, *_, last = dockerfile.final.instructions
    assert scope.shell(dockerfile.final, first) == ("/bin/sh", "-c")
    assert scope.shell(dockerfile.final, last) == ("/bin/bash", "-c")
    assert scope.signal(dockerfile.final) == "SIGQUIT"


def test_another_platform() -> None:
    dockerfile = read_dockerfile(b"FROM --platform=$BUILDPLATFORM a:$TARGETARCH$TARGETVARIANT", "D")
    scope = scope_of(dockerfile, None, "linux/arm/v7")
    assert scope.image(dockerfile.final) == "a:armv7"
    assert scope.expand(dockerfile.final.head, dockerfile.final.platform) == "linux/amd64"


@pytest.mark.parametrize(
    "body",
    [
        "ENV A=${B\n",
        "ENV A='x\n",
        "ENV A=${B:?must be}\nARG B\nENV C=${B:?must be}\n",
        "ENV A=" + "x" * 30_000 + "\n" + "ENV A=$A$A$A\n" * 3,
        "ENV A=aaaa\nENV B=${A##*a*b}\n",
        "ENV A=" + "${A:-" * 2_000 + "}" * 2_000 + "\n",
    ],
)
def test_what_cannot_be_expanded_is_refused_with_its_line(body: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        scoped(f"FROM a\n{body}")
    assert caught.value.line >= 2
    assert caught.value.hint


@given(st.text("ENVARG aAB=:$/{}\"'\\\n#%*-+?", max_size=80), st.text("aB=$", max_size=5))
def test_any_variables_are_followed_or_refused(text: str, value: str) -> None:
    try:
        dockerfile, scope = scoped(f"ARG A\nFROM a\n{text}", A=value)
        for instruction in dockerfile.final.instructions:
            scope.words(instruction)
    except DockerfileError:
        return
    assert scope.image(dockerfile.final) == "a"
