"""Erlang and Elixir: terms, applications, Hex metadata."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalogers._erlang_terms import consult
from tests.catalogers.listing import edges, listed, only, read, said

LIB = "app/lib"
JASON = """%% written by a tool
{application,jason,
    [{config_mtime,1700000000},
     {optional_applications,[decimal]},
     {applications,[kernel,stdlib,elixir,decimal]},
     {description,"A blazing \\"fast\\" JSON parser"},
     {modules,['Elixir.Jason','Elixir.Jason.Codegen']},
     {registered,[]},
     {env,[{limit,16#FF},{ratio,1.0e-3},{char,$a},{map,#{key => [1|2]}},{bin,<<1,2,3:8>>}]},
     {vsn,"1.4.1"}]}.
"""
METADATA = """{<<"links">>,[{<<"Docs">>,<<"ftp://x">>},{<<"GitHub">>,<<"https://github.com/m/jason">>}]}.
{<<"name">>,<<"jason">>}.
{<<"version">>,<<"1.4.1">>}.
{<<"description">>,<<"Un analyseur \\x{e9}l\\x{e9}gant"/utf8>>}.
{<<"licenses">>,[<<"Apache-2.0">>]}.
{<<"requirements">>,
 [[{<<"app">>,<<"decimal">>},{<<"name">>,<<"decimal">>},{<<"optional">>,true}]]}.
"""


def app(name: str, version: str = "1.0", more: str = "") -> str:
    return f'{{application,{name},[{{vsn,"{version}"}}{more}]}}.'


def test_an_application_of_a_release() -> None:
    package = only(read({f"{LIB}/jason-1.4.1/ebin/jason.app": JASON}))
    assert package.purl == "pkg:hex/jason@1.4.1"
    assert package.summary == 'A blazing "fast" JSON parser'


def test_what_hex_wrote() -> None:
    package = only(read({"app/deps/jason/hex_metadata.config": METADATA}))
    assert package.purl == "pkg:hex/jason@1.4.1"
    assert package.summary == "Un analyseur élégant"
    assert package.licenses == ("Apache-2.0",)
    assert package.homepage == "https://github.com/m/jason"


def test_erlangs_and_elixirs_own_applications() -> None:
    names = ("kernel", "crypto", "elixir", "my_app")
    files = {f"usr/lib/erlang/lib/{name}-1/ebin/{name}.app": app(name) for name in names}
    assert [package.purl for package in read(files).packages] == [
        "pkg:hex/my_app@1.0",
        "pkg:otp/crypto@1.0",
        "pkg:otp/elixir@1.0",
        "pkg:otp/kernel@1.0",
    ]


@pytest.mark.parametrize(
    "requirements",
    ['[{<<"decimal">>,[{<<"requirement">>,<<"~> 2.0">>}]}]', '[[{<<"name">>,<<"decimal">>}]]'],
)
def test_requirements(requirements: str) -> None:
    sbom = read(
        {
            f"{LIB}/jason-1.4.1/ebin/jason.app": JASON,
            f"{LIB}/decimal-2.0/ebin/decimal.app": app("decimal", "2.0"),
            f"{LIB}/kernel-8.0/ebin/kernel.app": app("kernel", "8.0"),
            "deps/x/hex_metadata.config": '{<<"name">>,<<"x">>}.{<<"version">>,<<"1">>}.'
            f'{{<<"requirements">>,{requirements}}}.',
        }
    )
    assert edges(sbom) == {("jason", "decimal"), ("jason", "kernel"), ("x", "decimal")}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("", "describes no application"),
        ("{application,x}.", "describes no application"),
        ('{application,x,[{vsn,""}]}.', "no valid name and version"),
        ('{application,"../x",[{vsn,"1"}]}.', "no valid name and version"),
        ("{application,x,[", "a [ that is not closed"),
        ("{application,x]}", "a ] that closes nothing"),
        ("}", "a } that closes nothing"),
        ('{application,"x', "'\"' is no Erlang term"),
        ("{" * 10_000, "too deeply nested"),
    ],
)
def test_trouble_is_said(body: str, what: str) -> None:
    path = f"{LIB}/x-1/ebin/x.app"
    [(where, message)] = said(read({path: body, f"{LIB}/y-1/ebin/y.app": app("y")}))
    assert where == path
    assert what in message


def test_metadata_without_a_version_is_a_problem() -> None:
    assert said(read({"hex_metadata.config": '{<<"name">>,<<"x">>}.'})) == [
        ("hex_metadata.config", "has no valid name and version: not listed")
    ]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ('a. \'B c\'. "d\\n". <<"e">>.', ["a", "B c", "d\n", "e"]),
        ("{a,[b,{c}],[]}.", [("a", ["b", ("c",)], [])]),
        ("#{a => b}.", [[("a", "b")]]),
        ("-1.5. 16#ff.", ["-1.5", "16#ff"]),
        ('<<"a"/utf8>>. <<>>.', ["a", ""]),
        ("% nothing\n", []),
    ],
)
def test_terms(text: str, terms: list[object]) -> None:
    assert consult(text) == terms


@given(st.binary(max_size=200), st.text("{}[]<>\"'#,.ax1\\$|%\n", max_size=200))
def test_nothing_crashes_the_readers(data: bytes, text: str) -> None:
    sbom = read(
        {
            "a/ebin/a.app": data,
            "b/ebin/b.app": '{application,b,[{vsn,"1"},' + text,
            "c/hex_metadata.config": text,
            "d/ebin/survivor.app": app("survivor"),
        }
    )
    assert "survivor@1.0" in listed(sbom)
