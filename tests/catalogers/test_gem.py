"""Gems: specifications as RubyGems writes them, as authors do, and file names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalogers._ruby_literals import after, attributes, strings
from tests.catalogers.listing import edges, listed, only, read, said

HOME = "usr/local/bundle/specifications"

WRITTEN = r"""# -*- encoding: utf-8 -*-
# stub: rack 2.2.22 ruby lib

Gem::Specification.new do |s|
  s.name = "rack".freeze
  s.version = "2.2.22"

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :x=
  s.metadata = { "homepage_uri" => "https://x" } if s.respond_to? :metadata=
  s.require_paths = ["lib".freeze]
  s.authors = ["Zo\u00EB \"Z\" Smith".freeze]
  s.email = "z@example.org".freeze
  s.homepage = "https://github.com/rack/rack".freeze
  s.licenses = ["Ruby".freeze, "BSD-2-Clause".freeze]
  s.summary = "A modular\nserver \#{interface}.".freeze

  if s.respond_to? :add_runtime_dependency then
    s.add_runtime_dependency(%q<rake>.freeze, [">= 12"])
    s.add_development_dependency(%q<minitest>.freeze, [">= 0"])
  else
    s.add_dependency(%q<rake>.freeze, [">= 12"])
    s.add_dependency(%q<minitest>.freeze, [">= 0"])
  end
end
"""


def spec(name: str = "a", version: str = "1.0", *more: str) -> str:
    lines = (f's.name = "{name}"', f's.version = "{version}"', *more)
    return "Gem::Specification.new do |s|\n" + "".join(f"  {line}\n" for line in lines) + "end\n"


def test_all_fields() -> None:
    package = only(read({f"{HOME}/rack-2.2.22.gemspec": WRITTEN}))
    assert package.purl == "pkg:gem/rack@2.2.22"
    assert package.licenses == ("Ruby OR BSD-2-Clause",)
    assert package.summary == "A modular server #{interface}."
    assert package.homepage == "https://github.com/rack/rack"
    assert package.supplier == 'Zoë "Z" Smith <z@example.org>'


@pytest.mark.parametrize(
    "directory",
    [
        "usr/local/bundle/specifications",
        "usr/lib/ruby/gems/3.1.0/specifications/default",
        "app/vendor/bundle/ruby/3.1.0/specifications",
        "usr/share/rubygems-integration/all/specifications",
    ],
)
def test_places(directory: str) -> None:
    assert listed(read({f"{directory}/a-1.0.gemspec": spec()})) == ["a@1.0"]


def test_a_source_tree_is_no_gem() -> None:
    assert not read({"app/vendor/gems/a/a.gemspec": spec()}).packages


@pytest.mark.parametrize(
    ("path", "text", "purl"),
    [
        ("nokogiri-1.15.4-x86_64-linux", "", "nokogiri@1.15.4?platform=x86_64-linux"),
        ("jruby-openssl-0.14.2-java", "# not ruby\n", "jruby-openssl@0.14.2?platform=java"),
        ("a-b_c-1.0.0.pre1", "\0\0", "a-b_c@1.0.0.pre1"),
        ("x-9", "# stub: real-name 1.2.3 java lib\n", "real-name@1.2.3?platform=java"),
        ("a-1", spec("a", "1.0", 's.platform = "java".freeze'), "a@1.0?platform=java"),
        (
            "a-1",
            spec("a", "1.0", "s.platform = Gem::Platform.new('jruby')"),
            "a@1.0?platform=jruby",
        ),
        ("a-1", 'x.name = "a"\nx.version = Gem::Version.new("2.0")\n', "a@2.0"),
        ("a-3", "s.name = NAME\ns.version = File.read('VERSION')\n", "a@3"),
        ("a-3", 's.name = "#{X}"\ns.version = "#{Y}"\n', "a@3"),
    ],
)
def test_name_version_and_platform(path: str, text: str, purl: str) -> None:
    package = only(read({f"{HOME}/{path}.gemspec": text}))
    assert package.purl == f"pkg:gem/{purl}"


def test_two_platforms_of_one_version_are_two_packages() -> None:
    names = ("a-1.0", "a-1.0-java")
    sbom = read({f"{HOME}/{name}.gemspec": "" for name in names})
    assert {p.purl for p in sbom.packages} == {"pkg:gem/a@1.0", "pkg:gem/a@1.0?platform=java"}


def test_what_tells_nothing_is_a_problem() -> None:
    sbom = read({f"{HOME}/nothing.gemspec": "", f"{HOME}/ok-1.gemspec": ""})
    assert listed(sbom) == ["ok@1"]
    assert said(sbom) == [(f"{HOME}/nothing.gemspec", "tells no name and version: not listed")]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ('s.name = "mygem"\ns.version = MyGem::VERSION\n', "mygem@"),
        ("s.name = %q{mygem}\ns.version = '0.3'\n", "mygem@0.3"),
        ("", "mygem@"),
    ],
)
def test_a_checkout_of_bundlers(text: str, known: str) -> None:
    path = "usr/local/bundle/bundler/gems/mygem-0123456789ab/mygem.gemspec"
    assert listed(read({path: text})) == [known]


def test_requirements_in_the_same_gem_home() -> None:
    sbom = read(
        {
            f"{HOME}/rack-2.2.22.gemspec": WRITTEN,
            f"{HOME}/rake-13.0.gemspec": spec("rake", "13.0", 's.add_dependency("a".freeze, "1")'),
            f"{HOME}/minitest-5.0.gemspec": spec("minitest", "5.0"),
            "usr/lib/ruby/gems/3.1.0/specifications/a-1.gemspec": spec("a", "1"),
            "usr/lib/ruby/gems/3.1.0/specifications/rake-12.0.gemspec": spec("rake", "12.0"),
        }
    )
    assert edges(sbom) == {("rack", "rake"), ("rake", "a")}
    assert "pkg:gem/rake@13.0" in {r.object for r in sbom.relations}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"a".freeze, "b"', ("a",)),
        ('["a".freeze,\n "b", \'c\']', ("a", "b", "c")),
        ("%w[a b]", ("a", "b")),
        ("%w(a b).freeze", ("a", "b")),
        ("%q<a b>", ("a b",)),
        ("%Q{a}", ("a",)),
        (r"'it\'s'", ("it's",)),
        (r'"\u{1F48E} \x41\e\t\\"', ("\U0001f48e A\t\\",)),
        (r'"\u{110000}\uD800"', ("\ufffd\ufffd",)),
        ('"#{x}"', ()),
        ("NAME", ()),
        ('["a"', ("a",)),
        ("", ()),
    ],
)
def test_literals(source: str, found: tuple[str, ...]) -> None:
    assert strings(source) == found


def test_the_first_assignment_counts_and_comparisons_do_not() -> None:
    told = attributes('s.name == "x"\ns.name = "a"\ns.name = "b"\ns.files => "c"\n')
    assert {key: strings(value) for key, value in told.items()} == {"name": ("a",)}
    assert after('(%q<rake>.freeze, ">= 1")', 0) == "rake"
    assert after("(NAME)", 0) == ""


@given(st.binary(max_size=400), st.text("\"'%q<>[]{}\\#\n .=sname", max_size=200))
def test_nothing_crashes_the_reader(data: bytes, text: str) -> None:
    sbom = read(
        {
            f"{HOME}/x-1.gemspec": data,
            f"{HOME}/y-1.gemspec": "s.name = " + text + "\ns.licenses = [" + text,
            f"{HOME}/survivor-1.gemspec": spec("survivor", "1"),
        }
    )
    assert "survivor@1" in listed(sbom)
