"""Perl: what cpanm, MakeMaker and their like leave behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogers.listing import edges, listed, only, read, said

ARCH = "usr/local/lib/perl5/site_perl/5.38.0/x86_64-linux-gnu"
META = f"{ARCH}/.meta"
LWP = {
    "name": "LWP",
    "target": "LWP::UserAgent",
    "version": "6.72",
    "dist": "libwww-perl-6.72",
    "pathname": "O/OA/OALDERS/libwww-perl-6.72.tar.gz",
    "provides": {"LWP": {"version": "6.72"}, "LWP::UserAgent": {"version": "6.72"}},
}
MYMETA = {
    "name": "libwww-perl",
    "version": "6.72",
    "abstract": "The World-Wide Web library for Perl",
    "author": ["Gisle Aas <gisle@activestate.com>"],
    "license": ["perl_5"],
    "resources": {
        "repository": {"url": "git://x", "web": "https://github.com/libwww-perl/libwww-perl"}
    },
    "prereqs": {
        "runtime": {"requires": {"perl": "5.008001", "HTTP::Date": "6"}},
        "test": {"requires": {"Test::More": "0"}},
    },
}
LOCAL = """=head2 Sun Nov 22 06:00:41 2020: C<Module> L<{0}|{0}>

=over 4

=item *

C<installed into: /usr/local/share/perl/5.36.0>

=item *

C<LINKTYPE: dynamic>

=item *

C<VERSION: {1}>

=item *

C<EXE_FILES: >

=back

"""


def test_what_cpanm_records() -> None:
    base = f"{META}/libwww-perl-6.72"
    package = only(read({f"{base}/install.json": LWP, f"{base}/MYMETA.json": MYMETA}))
    assert package.purl == "pkg:cpan/OALDERS/libwww-perl@6.72"
    assert package.licenses == ("Artistic-1.0-Perl OR GPL-1.0-or-later",)
    assert package.summary == "The World-Wide Web library for Perl"
    assert package.homepage == "https://github.com/libwww-perl/libwww-perl"
    assert package.supplier == "Gisle Aas <gisle@activestate.com>"


@pytest.mark.parametrize(
    ("record", "purl"),
    [
        ({"dist": "Foo-2Bar-v1.2.3"}, "Foo-2Bar@v1.2.3"),
        ({"dist": "Foo-1.2-TRIAL", "version": "1.2"}, "Foo@1.2-TRIAL"),
        ({"dist": "Foo-1.20", "version": "9", "pathname": "x.tar.gz"}, "Foo@1.20"),
        ({}, "Dir@0.1"),
    ],
)
def test_distribution_and_version(record: dict[str, object], purl: str) -> None:
    package = only(read({f"{META}/Dir-0.1/install.json": record}))
    assert package.purl == f"pkg:cpan/{purl}"


def test_what_makemaker_records() -> None:
    pod = (
        LOCAL.format("JSON", "4.09") + LOCAL.format("Foo::Bar", "1") + LOCAL.format("JSON", "4.10")
    )
    sbom = read({"usr/local/lib/perl/perllocal.pod": pod})
    assert [package.purl for package in sbom.packages] == [
        "pkg:cpan/Foo-Bar@1",
        "pkg:cpan/JSON@4.10",
    ]


def test_a_packlist_alone_tells_the_name() -> None:
    sbom = read(
        {
            f"{ARCH}/auto/Foo/Bar/.packlist": "/usr/local/lib/x.pm\n",
            "usr/local/lib/perl5/5.38.0/x86_64-linux-gnu/.packlist": "",
        }
    )
    assert [package.purl for package in sbom.packages] == ["pkg:cpan/Foo-Bar"]


def test_one_distribution_is_listed_once_by_its_best_record() -> None:
    sbom = read(
        {
            f"{META}/libwww-perl-6.72/install.json": LWP,
            f"{ARCH}/perllocal.pod": LOCAL.format("LWP", "6.72") + LOCAL.format("JSON", "4.10"),
            f"{ARCH}/auto/LWP/.packlist": "",
            f"{ARCH}/auto/JSON/.packlist": "",
            f"{ARCH}/auto/DBI/.packlist": "",
        }
    )
    assert listed(sbom) == ["DBI@", "JSON@4.10", "libwww-perl@6.72"]


def test_modules_are_required_and_distributions_meet_them() -> None:
    base, other = f"{META}/libwww-perl-6.72", f"{META}/HTTP-Date-6.06"
    sbom = read(
        {
            f"{base}/install.json": LWP,
            f"{base}/MYMETA.json": MYMETA,
            f"{other}/install.json": {
                "dist": "HTTP-Date-6.06",
                "provides": {"HTTP::Date": {}},
            },
        }
    )
    assert edges(sbom) == {("OALDERS/libwww-perl", "HTTP-Date")}


@pytest.mark.parametrize(
    ("name", "licenses"),
    [
        (["perl_5"], ("Artistic-1.0-Perl OR GPL-1.0-or-later",)),
        (["apache_2_0"], ("Apache-2.0",)),
        (["mit", "gpl_3"], ("MIT OR GPL-3.0-only",)),
        (["unknown"], ()),
        ("lgpl_2_1", ("LGPL-2.1-only",)),
        (7, ()),
    ],
)
def test_licences(name: object, licenses: tuple[str, ...]) -> None:
    base = f"{META}/libwww-perl-6.72"
    files = {f"{base}/install.json": LWP, f"{base}/MYMETA.json": {**MYMETA, "license": name}}
    assert only(read(files)).licenses == licenses


@pytest.mark.parametrize(
    ("body", "what"),
    [("{", "not JSON"), ('{"dist": "nothing"}', "no valid distribution and version")],
)
def test_trouble_is_said(body: str, what: str) -> None:
    [(where, message)] = said(read({f"{META}/x-1/install.json": body}))
    assert where == f"{META}/x-1/install.json"
    assert what in message


@given(st.binary(max_size=200), st.text(max_size=50))
def test_nothing_crashes_the_readers(data: bytes, text: str) -> None:
    sbom = read(
        {
            f"{META}/a-1/install.json": data,
            f"{META}/a-1/MYMETA.json": data,
            f"{META}/b-1/install.json": {"dist": "b-1", "name": text, "provides": {text: text}},
            f"{META}/b-1/MYMETA.json": {"license": text, "author": text, "prereqs": text},
            "a/perllocal.pod": data,
            "b/perllocal.pod": LOCAL.format(text, text),
            f"{META}/survivor-1/install.json": {"dist": "survivor-1"},
        }
    )
    assert "survivor@1" in listed(sbom)
