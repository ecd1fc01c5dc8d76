"""What --vex names: files, directories, repositories, registries, references of an SBOM."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.config import Settings
from ironhull.errors import ConfigError, Error, FormatError, StoreError, TransportError, UsageError
from ironhull.store.answer_cache import Input
from ironhull.values import replace
from tests.registry.servers import docker_registry
from tests.vexing.serving import Site, openvex, site
from tests.vexing.test_attached import said
from tests.vexing.worlds import DEBIAN, attach, derived, gathered, make, names, settings

__all__ = ["settings"]

CURL = "pkg:deb/debian/curl"


@pytest.fixture
def app(settings: Settings) -> str:
    make(settings, "app:1")
    return "app:1"


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as made:
        yield made


# ── files and directories ────────────────────────────────────────────────────────────────────────


def test_a_file(settings: Settings, app: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(said("CVE-2026-1"))
    found = gathered(settings, app, str(tmp_path / "a"))
    assert names(found) == [("CVE-2026-1", "file")]
    assert found.inputs == (Input("file", str(tmp_path / "a")),)


def test_a_directory(settings: Settings, app: str, tmp_path: Path) -> None:
    place = tmp_path / "vex"
    (place / "sub").mkdir(parents=True)
    (place / "a.json").write_bytes(said("CVE-2026-1"))
    (place / "sub/b.openvex.json").write_bytes(said("CVE-2026-2"))
    (place / "package.json").write_bytes(b'{"name": "x"}')
    (place / "broken.vex.json").write_bytes(b'{"name": "x"}')
    (place / "cut.json").write_bytes(b'{"name"')
    found = gathered(settings, app, str(place))
    assert names(found) == [("CVE-2026-1", "file"), ("CVE-2026-2", "file")]
    assert [Path(problem.where).name for problem in found.problems] == [
        "broken.vex.json",
        "cut.json",
    ]
    assert set(found.inputs or ()) == {
        Input("names", str(place)),
        Input("names", str(place / "sub")),
    }


def test_what_cannot_be_used_at_all_is_an_error(
    settings: Settings, app: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no such file or directory"):
        gathered(settings, app, str(tmp_path / "gone"))
    with pytest.raises(FormatError, match="no VEX document in it"):
        gathered(settings, app, str(tmp_path))
    (tmp_path / "a").write_bytes(b"{}")
    with pytest.raises(FormatError):
        gathered(settings, app, str(tmp_path / "a"))


def test_the_order_is_that_of_the_command_line(
    settings: Settings, app: str, tmp_path: Path
) -> None:
    attach(tmp_path, app, said("CVE-2026-0"))
    for number in (1, 2):
        (tmp_path / str(number)).write_bytes(said(f"CVE-2026-{number}"))
    found = gathered(settings, app, str(tmp_path / "2"), str(tmp_path / "1"))
    assert [name for name, _ in names(found)] == ["CVE-2026-0", "CVE-2026-2", "CVE-2026-1"]


# ── repositories ─────────────────────────────────────────────────────────────────────────────────


def configure(*words: str) -> None:
    assert run(["vex", "repo", "add", "-q", *words]) == 0


def test_every_repository_is_asked(settings: Settings, app: str, served: Site) -> None:
    """The first that lists a package hides nothing that another one says of it."""
    with site() as other:
        served.serve({CURL: ("a.json", said("CVE-2026-1"))})
        other.serve({CURL: ("b.json", said("CVE-2026-2"))})
        configure("one", served.url)
        configure("two", other.url)
        found = gathered(settings, app, "repo")
    assert names(found) == [("CVE-2026-2", "repository"), ("CVE-2026-1", "repository")]
    assert found.statements[1].document.startswith("one: a.json")
    assert found.inputs is None


def test_documents_of_source_packages_and_images_are_found(
    settings: Settings, app: str, served: Site, tmp_path: Path
) -> None:
    base = make(settings, "ghcr.io/team/base:1")
    derived(settings, "registry.example/team/app:2", base)
    served.serve(
        {
            "pkg:deb/debian/curl-source": ("source.json", said("CVE-2026-1")),
            "pkg:oci/app?repository_url=registry.example/team/app": (
                "app.json",
                said("CVE-2026-2"),
            ),
            "pkg:docker/team%2Fbase": ("base.json", said("CVE-2026-3")),
            "pkg:deb/debian/wget": ("wget.json", said("CVE-2026-4")),
        }
    )
    configure("one", served.url)
    found = gathered(settings, "registry.example/team/app:2", "repo")
    assert sorted(name for name, _ in names(found)) == ["CVE-2026-1", "CVE-2026-2", "CVE-2026-3"]


def test_a_repository_is_asked_for_news_when_it_is_due(
    settings: Settings, app: str, served: Site
) -> None:
    served.serve({CURL: ("a.json", said("CVE-2026-1"))})
    configure("one", served.url)
    gathered(settings, app, "repo")
    assert served.took("/data") == [200]
    gathered(settings, app, "repo")
    assert served.took("/data") == []


def test_what_is_here_is_used_where_a_repository_cannot_be_reached(
    settings: Settings, app: str
) -> None:
    with site() as gone:
        gone.serve({CURL: ("a.json", said("CVE-2026-1"))})
        url = gone.url
        configure("one", url)
        gathered(settings, app, "repo")
    state = next((settings.home / "vex").rglob("state.json"))
    state.write_text(state.read_text().replace("2026-03-01", "2026-02-01"))
    found = gathered(replace(settings, offline=True), app, "repo")
    assert not found.problems  # offline: nothing was tried
    assert names(found) == [("CVE-2026-1", "repository")]


def test_one_that_cannot_be_had_is_told_and_the_others_used(
    settings: Settings, app: str, served: Site
) -> None:
    served.serve({CURL: ("a.json", said("CVE-2026-1"))})
    configure("broken", f"{served.url}/nothing")
    configure("one", served.url)
    found = gathered(settings, app, "repo")
    assert names(found) == [("CVE-2026-1", "repository")]
    assert [problem.where for problem in found.problems] == ["VEX repository broken"]


def test_none_that_can_be_had_is_an_error(settings: Settings, app: str, served: Site) -> None:
    configure("broken", f"{served.url}/nothing")
    with pytest.raises(TransportError):
        gathered(settings, app, "repo")
    with pytest.raises(StoreError, match="this is offline"):
        gathered(replace(settings, offline=True), app, "repo")
    assert run(["vex", "repo", "remove", "-q", "broken"]) == 0
    configure("off", served.url, "--disabled")
    with pytest.raises(ConfigError, match="no VEX repository is enabled"):
        gathered(settings, app, "repo")


def test_a_damaged_document_of_a_repository_is_told(
    settings: Settings, app: str, served: Site
) -> None:
    served.serve(
        {CURL: ("a.json", b"{}"), "pkg:deb/debian/curl-source": ("b.json", said("CVE-2026-1"))}
    )
    configure("one", served.url)
    found = gathered(settings, app, "repo")
    assert names(found) == [("CVE-2026-1", "repository")]
    assert [problem.where for problem in found.problems] == ["one: a.json"]


def test_trivys_configuration_is_used_behind_our_own(
    settings: Settings, app: str, served: Site, tmp_path: Path
) -> None:
    served.serve({CURL: ("a.json", said("CVE-2026-1"))})
    path = tmp_path / "user" / ".trivy" / "vex" / "repository.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"repositories: [{{name: default, url: '{served.url}', enabled: true}}]\n")
    assert names(gathered(settings, app, "repo")) == [("CVE-2026-1", "repository")]
    before = path.read_bytes()
    configure("default", "https://127.0.0.1:1", "--disabled")
    with pytest.raises(ConfigError, match="no VEX repository is enabled"):
        gathered(settings, app, "repo")
    assert path.read_bytes() == before


# ── registries ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def push(name: str, dest: str) -> None:
    assert run(["push", "-q", name, dest]) == 0


def test_what_a_registry_has_about_a_local_image(
    settings: Settings, registry: str, tmp_path: Path
) -> None:
    """The image is here, what is said of it is attached where it was pushed to."""
    name = f"{registry}/local/app:1"
    make(settings, name)
    push(name, name)
    attach(tmp_path, f"registry://{name}", said("CVE-2026-1"))
    assert not gathered(settings, name).statements
    found = gathered(settings, name, "oci")
    assert names(found) == [("CVE-2026-1", "attestation")]
    assert found.inputs is None


def test_another_image_of_the_same_tag_is_not_asked(
    settings: Settings, registry: str, tmp_path: Path
) -> None:
    name = f"{registry}/moved/app:1"
    make(settings, name, {**DEBIAN, "other": "image"})
    push(name, name)
    attach(tmp_path, f"registry://{name}", said("CVE-2026-1"))
    make(settings, name)
    found = gathered(settings, name, "oci")
    assert not found.statements
    assert "is not in its registry" in found.problems[0].message


def test_what_comes_with_an_image_in_a_registry(
    settings: Settings, registry: str, tmp_path: Path
) -> None:
    base = make(settings, f"{registry}/both/base:1")
    push(base.name, base.name)
    attach(tmp_path, f"registry://{base.name}", said("CVE-2026-1"))
    derived(settings, f"{registry}/both/app:1", base)
    push(f"{registry}/both/app:1", f"{registry}/both/app:1")
    attach(tmp_path, f"registry://{registry}/both/app:1", said("CVE-2026-2"))
    found = gathered(settings, f"registry://{registry}/both/app:1")
    assert names(found) == [("CVE-2026-1", "base"), ("CVE-2026-2", "attestation")]
    assert not found.problems


def test_each_attachment_is_read_once(settings: Settings, registry: str, tmp_path: Path) -> None:
    name = f"{registry}/twice/app:1"
    make(settings, name)
    attach(tmp_path, name, said("CVE-2026-1"))
    push(name, name)
    found = gathered(settings, f"registry://{name}", "oci")
    assert names(found) == [("CVE-2026-1", "attestation")]
    assert len(gathered(settings, name, "oci").statements) == 1


def test_a_registry_that_does_not_answer_is_an_error_where_it_was_named(
    settings: Settings,
) -> None:
    make(settings, "127.0.0.1:1/app:1")
    with pytest.raises(Error, match=r"127\.0\.0\.1:1"):
        gathered(settings, "127.0.0.1:1/app:1", "oci")


def test_a_base_is_not_asked_for_elsewhere_unless_that_is_wanted(
    settings: Settings, registry: str
) -> None:
    claims = {"org.opencontainers.image.base.name": "127.0.0.1:1/base:1"}
    name = f"{registry}/far/app:1"
    make(settings, name, annotations=claims)
    push(name, name)
    assert not gathered(settings, f"registry://{name}").problems
    found = gathered(settings, f"registry://{name}", "oci")
    assert "the base image was not asked" in found.problems[0].message


# ── references of an SBOM ────────────────────────────────────────────────────────────────────────


def bom(*urls: str) -> bytes:
    refs = [{"type": "exploitability-statement", "url": url} for url in urls]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "app"}},
        "components": [
            {"type": "library", "name": "curl", "version": "8.1", "purl": CURL + "@8.1"}
        ],
        "externalReferences": [{"type": "website", "url": "https://example.com"}, *refs],
    }
    return json.dumps(document).encode()


def test_what_an_sbom_refers_to(settings: Settings, served: Site, tmp_path: Path) -> None:
    served.pages["/vex.json"] = openvex(("CVE-2026-1", CURL, "not_affected"))
    (tmp_path / "bom.json").write_bytes(
        bom(f"{served.url}/vex.json", f"{served.url}/gone", "file:///etc/passwd", "urn:cdx:1/1")
    )
    found = gathered(settings, f"sbom://{tmp_path / 'bom.json'}", "sbom-ref")
    assert names(found) == [("CVE-2026-1", "repository")]
    assert [problem.where for problem in found.problems] == [
        f"{served.url}/gone",
        "file:///etc/passwd",
        "urn:cdx:1/1",
    ]
    assert not gathered(settings, f"sbom://{tmp_path / 'bom.json'}").statements


def test_an_sbom_that_refers_to_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "bom.json").write_bytes(bom())
    found = gathered(settings, f"sbom://{tmp_path / 'bom.json'}", "sbom-ref")
    assert "has no SBOM that refers to statements" in found.problems[0].message


def test_what_an_attached_sbom_refers_to(settings: Settings, served: Site) -> None:
    served.pages["/vex.json"] = openvex(("CVE-2026-1", CURL, "not_affected"))
    statement = json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "predicateType": "https://cyclonedx.org/bom/v1.6",
            "subject": [],
            "predicate": json.loads(bom(f"{served.url}/vex.json")),
        }
    ).encode()
    make(settings, "app:1", statements=[("https://cyclonedx.org/bom/v1.6", statement)])
    assert names(gathered(settings, "app:1", "sbom-ref")) == [("CVE-2026-1", "repository")]
