"""Conda: environment records, qualifiers, what its packages own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogers.listing import edges, listed, only, read, said

META = "opt/conda/conda-meta"
SITE = "lib/python3.11/site-packages"


def record(name: str = "numpy", version: str = "1.26.4", **more: object) -> dict[str, object]:
    return {
        "name": name,
        "version": version,
        "build": "py311h64a7726_0",
        "channel": "https://conda.anaconda.org/conda-forge/linux-64",
        "subdir": "linux-64",
        "fn": f"{name}-{version}-py311h64a7726_0.conda",
        "depends": [],
        "files": [],
        **more,
    }


def test_all_fields() -> None:
    paths = [{"_path": "a", "size_in_bytes": 100}, {"_path": "b", "size_in_bytes": 23}, 7]
    document = record(
        license="BSD-3-Clause", sha256="a" * 64, paths_data={"paths": paths, "paths_version": 1}
    )
    package = only(read({f"{META}/numpy.json": document}))
    assert package.purl == (
        "pkg:conda/numpy@1.26.4"
        "?build=py311h64a7726_0&channel=conda-forge&subdir=linux-64&type=conda"
    )
    assert package.licenses == ("BSD-3-Clause",)
    assert package.size == 123
    assert package.checksums == ("sha256:" + "a" * 64,)


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        ("https://repo.anaconda.com/pkgs/main/linux-64", "main"),
        ("https://repo.anaconda.com/pkgs/main", "main"),
        ("conda-forge", "conda-forge"),
        ("https://conda.anaconda.org/t/secret-token/private/linux-64", "private"),
        ("https://user:word@host.example/conda/team/noarch", "conda/team"),
        ("conda-forge/label/dev", "conda-forge/label/dev"),
        ("file:///home/me/secret/croot", "croot"),
        (None, ""),
    ],
)
def test_channels_have_no_host_and_no_secret(said: object, channel: str) -> None:
    package = only(read({f"{META}/a.json": record(channel=said)}))
    assert dict(package.qualifiers).get("channel", "") == channel


def test_python_packages_of_an_environment_are_owned() -> None:
    dist = f"{SITE}/numpy-1.26.4.dist-info/METADATA"
    text = "Name: numpy\nVersion: 1.26.4\n"
    sbom = read(
        {
            f"{META}/numpy.json": record(
                files=[dist], extracted_package_dir="/opt/conda/pkgs/numpy-1.26.4-0"
            ),
            f"opt/conda/{dist}": text,
            f"opt/conda/pkgs/numpy-1.26.4-0/{dist}": text,
            "opt/conda/pkgs/numpy-1.26.4-0/site-packages/numpy-1.26.4.dist-info/METADATA": text,
            f"opt/conda/{SITE}/flask-3.0.dist-info/METADATA": "Name: flask\nVersion: 3.0\n",
            f"opt/conda/envs/other/{dist}": text.replace("1.26.4", "1.20.0"),
        }
    )
    conda = sbom.packages[0].purl
    assert [(p.name, p.version, p.owned_by) for p in sbom.packages[1:]] == [
        ("flask", "3.0", ""),
        ("numpy", "1.20.0", ""),
        ("numpy", "1.26.4", conda),
    ]
    assert len(sbom.counted) == 3
    assert [(r.subject, r.kind, r.object) for r in sbom.relations] == [
        ("pkg:pypi/numpy@1.26.4", "owned-by", conda)
    ]


def test_requirements_are_met_in_their_own_environment() -> None:
    sbom = read(
        {
            f"{META}/a.json": record("a", depends=["python >=3.11,<3.12.0a0", "b", "", 7]),
            f"{META}/python.json": record("python", "3.11.8"),
            "opt/conda/envs/x/conda-meta/b.json": record("b"),
        }
    )
    assert edges(sbom) == {("a", "python")}


def test_two_builds_are_two_packages() -> None:
    sbom = read(
        {
            f"{META}/a.json": record(build="1"),
            "opt/conda/envs/x/conda-meta/a.json": record(build="2"),
        }
    )
    assert [dict(p.qualifiers)["build"] for p in sbom.packages] == ["1", "2"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("{", "not JSON"),
        ("[]", "no valid name and version"),
        ('{"name": "../x", "version": "1"}', "no valid name and version"),
        ('{"name": "x"}', "no valid name and version"),
    ],
)
def test_trouble_is_said(body: str, what: str) -> None:
    [(where, message)] = said(read({f"{META}/x.json": body}))
    assert where == f"{META}/x.json"
    assert what in message


def test_the_download_cache_is_not_installed() -> None:
    assert not read({"opt/conda/pkgs/numpy-1.26.4-0/info/index.json": record()}).packages


@given(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=9,
    ),
)
def test_nothing_crashes_the_reader(data: bytes, value: object) -> None:
    keys = ("files", "depends", "channel", "license", "paths_data", "fn", "build", "subdir")
    sbom = read(
        {
            f"{META}/a.json": data,
            f"{META}/b.json": record("b", **dict.fromkeys(keys, value)),
            f"{META}/c.json": record("survivor"),
            f"opt/conda/{SITE}/x-1.dist-info/METADATA": "Name: x\nVersion: 1\n",
        }
    )
    assert "survivor@1.26.4" in listed(sbom)
