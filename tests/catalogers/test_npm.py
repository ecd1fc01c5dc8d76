"""npm: which package.json is a package, what it says, what Node.js would load."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalogers._npm_positions import lookups
from tests.catalogers.listing import edges, listed, only, read, said
from tests.catalogers.test_dpkg import stanza


def manifest(name: str = "a", version: str = "1.0.0", **more: object) -> dict[str, object]:
    return {"name": name, "version": version, **more}


def test_all_fields() -> None:
    text = json.dumps(
        {
            "name": "@babel/core",
            "version": "7.29.0",
            "description": "Compiler\n  core",
            "license": "MIT",
            "homepage": "https://babel.dev/",
            "author": {"name": "The Team", "email": "team@babel.dev"},
        }
    )
    package = only(read({"app/node_modules/@babel/core/package.json": text}))
    assert package.purl == "pkg:npm/%40babel/core@7.29.0"
    assert package.licenses == ("MIT",)
    assert package.summary == "Compiler core"
    assert package.homepage == "https://babel.dev/"
    assert package.supplier == "The Team <team@babel.dev>"
    assert package.found_by == "npm"
    assert package.locations[0].path == "app/node_modules/@babel/core/package.json"


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/a/package.json",
        "app/node_modules/b/node_modules/a/package.json",
        "usr/local/lib/node_modules/npm/node_modules/a/package.json",
        "app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json",
        "app/node_modules/.bun/a@1.0.0/node_modules/a/package.json",
        "app/.yarn/unplugged/a-npm-1.0.0-0123456789/node_modules/a/package.json",
        "usr/share/nodejs/a/package.json",
        "app/package.json",
        "package.json",
        "app/node_modules/next/dist/compiled/a/package.json",
        "app/node_modules/b/test/node_modules/a/package.json",
    ],
)
def test_places_of_packages(path: str) -> None:
    assert only(read({path: manifest()})).purl == "pkg:npm/a@1.0.0"


@pytest.mark.parametrize(
    "path",
    [
        "app/node_modules/resolve/test/resolver/mylib/package.json",
        "app/node_modules/@pm2/blessed/example/viewer/package.json",
        "app/node_modules/pm2/lib/templates/http-server/package.json",
        "app/node_modules/a/.package.json",
        "app/node_modules/a/package.json.bak",
        "app/node_modules/.package-lock.json",
    ],
)
def test_samples_and_other_files_are_no_packages(path: str) -> None:
    sbom = read({path: manifest()})
    assert not sbom.packages
    assert not sbom.problems


def test_what_is_installed_needs_no_version_and_no_name() -> None:
    sbom = read(
        {"node_modules/@s/a/package.json": {}, "node_modules/b/package.json": {"name": "c"}}
    )
    assert [package.purl for package in sbom.packages] == ["pkg:npm/%40s/a", "pkg:npm/c"]


@pytest.mark.parametrize("document", [{"type": "module"}, {"name": "a"}, {"version": "1"}, []])
def test_elsewhere_it_needs_both(document: dict[str, object] | list[object]) -> None:
    sbom = read(
        {"app/node_modules/a/dist/esm/package.json": document, "app/package.json": document}
    )
    assert not sbom.packages
    assert not sbom.problems


def test_an_alias_is_listed_under_the_name_of_what_it_is() -> None:
    path = "node_modules/string-width-cjs/package.json"
    assert listed(read({path: manifest("string-width", "4.2.3")})) == ["string-width@4.2.3"]


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("v1.2.3", "1.2.3"),
        ("=1.2.3", "1.2.3"),
        (" 1.2.3\n", "1.2.3"),
        ("1.2.3-beta.1+build", "1.2.3-beta.1+build"),
        ("vnext", "vnext"),
        (7, ""),
        (None, ""),
        ("1 2", ""),
        ("1\u0000", ""),
        ("\ud800", ""),
    ],
)
def test_versions(written: object, version: str) -> None:
    package = only(read({"node_modules/a/package.json": {"name": "a", "version": written}}))
    assert package.version == version


@pytest.mark.parametrize(
    ("fields", "licenses"),
    [
        ({"license": "(MIT OR CC0-1.0)"}, ("MIT OR CC0-1.0",)),
        ({"license": {"type": "BSD-3-Clause", "url": "https://x"}}, ("BSD-3-Clause",)),
        ({"license": ["MIT", "Apache2"]}, ("MIT OR Apache-2.0",)),
        ({"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}, ("MIT OR GPL-2.0-only",)),
        ({"licenses": "ISC"}, ("ISC",)),
        ({"license": "SEE LICENSE IN LICENSE.md"}, ("LicenseRef-SEE-LICENSE-IN-LICENSE.md",)),
        ({"license": "UNLICENSED"}, ("LicenseRef-UNLICENSED",)),
        ({"license": 7, "licenses": [7]}, ()),
        ({}, ()),
    ],
)
def test_licences_old_and_new(fields: dict[str, object], licenses: tuple[str, ...]) -> None:
    path = "node_modules/a/package.json"
    assert only(read({path: {**manifest(), **fields}})).licenses == licenses


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + json.dumps(manifest()).encode(),
        json.dumps(manifest()).encode("utf-16"),
        b'{"name": "a", "version": "1.0.0", "description": "\xff\xfe"}',
        b'{"name": "a", "version": "1.0.0", "description": "tab\there"}',
    ],
)
def test_encodings_and_control_characters(body: bytes) -> None:
    assert only(read({"node_modules/a/package.json": body})).purl == "pkg:npm/a@1.0.0"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[" * 100_000, "too deeply nested"),
        (b'{"name": "../../etc"}', "impossible name '../../etc'"),
        (b'{"name": ".hidden"}', "impossible name"),
    ],
)
def test_a_broken_file_is_one_problem(body: bytes, what: str) -> None:
    sbom = read({"node_modules/a/package.json": body, "node_modules/b/package.json": manifest()})
    assert listed(sbom) == ["a@1.0.0"]
    [(where, message)] = said(sbom)
    assert where == "node_modules/a/package.json"
    assert what in message


def test_a_broken_sample_says_nothing() -> None:
    assert not read({"node_modules/resolve/test/bad/package.json": "{"}).problems


def test_the_nearest_copy_is_what_is_loaded() -> None:
    sbom = read(
        {
            "app/package.json": manifest("app", "1.0.0", dependencies={"a": "*", "b": "*"}),
            "app/node_modules/a/package.json": manifest("a", "1.0.0", dependencies={"c": "*"}),
            "app/node_modules/a/node_modules/c/package.json": manifest("c", "1.0.0"),
            "app/node_modules/b/package.json": manifest(
                "b", "1.0.0", peerDependencies={"c": "*"}, optionalDependencies={"absent": "*"}
            ),
            "app/node_modules/c/package.json": manifest("c", "2.0.0"),
        }
    )
    found = {(r.subject[8:], r.object[8:]) for r in sbom.relations}
    assert found == {
        ("app@1.0.0", "a@1.0.0"),
        ("app@1.0.0", "b@1.0.0"),
        ("a@1.0.0", "c@1.0.0"),
        ("b@1.0.0", "c@2.0.0"),
    }


def test_lookups_go_up_and_never_into_node_modules_twice() -> None:
    assert list(lookups("app/node_modules/a/package.json", "b")) == [
        "app/node_modules/a/node_modules/b/package.json",
        "app/node_modules/b/package.json",
        "node_modules/b/package.json",
        "usr/share/nodejs/b/package.json",
    ]


def test_what_a_deb_ships_is_owned() -> None:
    path = "usr/share/nodejs/lodash/package.json"
    sbom = read(
        {
            "etc/os-release": "ID=debian\nVERSION_ID=13\n",
            "var/lib/dpkg/status": stanza("node-lodash", "4.17.21", Architecture="all"),
            "var/lib/dpkg/info/node-lodash.list": f"/.\n/{path}\n",
            path: manifest("lodash", "4.17.21"),
            "app/node_modules/lodash/package.json": manifest("lodash", "4.17.20"),
        }
    )
    assert [(p.version, bool(p.owned_by)) for p in sbom.packages if p.ecosystem == "npm"] == [
        ("4.17.20", False),
        ("4.17.21", True),
    ]


PNP = {
    "packageRegistryData": [
        [None, [[None, {"packageLocation": "./", "packageDependencies": []}]]],
        [
            "app",
            [
                [
                    "workspace:.",
                    {
                        "packageLocation": "./",
                        "packageDependencies": [["react", "virtual:12#npm:18.3.1"]],
                    },
                ]
            ],
        ],
        [
            "react",
            [
                [
                    "virtual:12#npm:18.3.1",
                    {
                        "packageLocation": "./.yarn/__virtual__/react-virtual-12/0/cache/"
                        "react-npm-18.3.1-af38f3c1ae-1.zip/node_modules/react/",
                        "packageDependencies": [["loose", ["loose-envify", "npm:1.4.0"]]],
                    },
                ]
            ],
        ],
        [
            "loose-envify",
            [
                [
                    "npm:1.4.0",
                    {
                        "packageLocation": "../root/.yarn/berry/cache/loose-envify-npm-1.4.0-1.zip/"
                        "node_modules/loose-envify/",
                        "packageDependencies": [["peer", None]],
                    },
                ]
            ],
        ],
        [
            "esbuild-aix",
            [
                [
                    "npm:1.0.0",
                    {
                        "packageLocation": "./.yarn/unplugged/aix/node_modules/esbuild-aix/",
                        "packageDependencies": [],
                    },
                ]
            ],
        ],
    ]
}


def archive(name: str, version: str) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(f"node_modules/{name}/package.json", json.dumps(manifest(name, version)))
        file.writestr(f"node_modules/{name}/lib/node_modules/x/package.json", "{}")
    return out.getvalue()


def literal(document: object) -> str:
    text = json.dumps(document, indent=1).replace("\\", "\\\\").replace("'", "\\'")
    return "'" + text.replace("\n", "\\\n") + "'"


ARCHIVES: dict[str, str | bytes] = {
    "app/.yarn/cache/react-npm-18.3.1-af38f3c1ae-1.zip": archive("react", "18.3.1"),
    "root/.yarn/berry/cache/loose-envify-npm-1.4.0-1.zip": archive("loose-envify", "1.4.0"),
    "app/.yarn/cache/unused-npm-1.0.0-1.zip": archive("unused", "1.0.0"),
    "app/package.json": json.dumps(manifest("app", "1.0.0")),
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".pnp.cjs", f"const RAW_RUNTIME_STATE =\n{literal(PNP)};\nfunction x() {{}}"),
        (".pnp.js", f"return hydrateRuntimeState({json.dumps(PNP)}, {{basePath: __dirname}});"),
        (".pnp.data.json", json.dumps(PNP)),
    ],
)
def test_yarns_map_of_archives(name: str, text: str) -> None:
    sbom = read({f"app/{name}": text, **ARCHIVES})
    assert listed(sbom) == ["app@1.0.0", "loose-envify@1.4.0", "react@18.3.1"]
    assert not sbom.problems
    assert edges(sbom) == {("app", "react"), ("react", "loose-envify")}
    assert sbom.packages[2].locations[0].path.endswith("react-npm-18.3.1-af38f3c1ae-1.zip")


def test_archives_without_a_map_are_a_download_cache() -> None:
    assert listed(read(ARCHIVES)) == ["app@1.0.0"]


def test_a_map_whose_archives_are_gone_is_said() -> None:
    sbom = read({"app/.pnp.data.json": PNP, "app/package.json": manifest("app")})
    assert said(sbom) == [
        (
            "app/.pnp.data.json",
            "names 2 packages in archives, and none of these is in the image",
        )
    ]


@pytest.mark.parametrize(
    "text",
    ["", "const x = 1;", "hydrateRuntimeState({", "hydrateRuntimeState({" + '"a":[' * 99999]
    + [f"RAW_RUNTIME_STATE = '{text}'" for text in ('{"packageRegistryData": [[1]]}', "{", "[1]")],
)
def test_a_broken_map_is_at_most_one_problem(text: str) -> None:
    sbom = read({"app/.pnp.cjs": text})
    assert len(sbom.problems) == 1
    assert not sbom.packages


def test_a_loader_whose_map_is_in_another_file() -> None:
    loader = 'const dataPath = require.resolve("./.pnp.data.json");'
    sbom = read({"app/.pnp.cjs": loader, "app/.pnp.data.json": PNP, **ARCHIVES})
    assert len(sbom.packages) == 3
    assert not sbom.problems


@given(st.binary(max_size=300), st.text(max_size=300))
def test_nothing_crashes_the_readers(data: bytes, text: str) -> None:
    sbom = read(
        {
            "node_modules/a/package.json": data,
            "node_modules/b/package.json": {"name": text, "version": text, "license": [text]},
            "app/.pnp.cjs": b"RAW_RUNTIME_STATE = '" + data,
            "app/.pnp.data.json": data,
            "app/.yarn/cache/a-npm-1.zip": data,
            "node_modules/survivor/package.json": manifest("survivor"),
        }
    )
    assert "survivor@1.0.0" in listed(sbom)
    for package in sbom.packages:
        package.purl.encode()
        f"{package.summary}{package.licenses}".encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        dict.fromkeys(
            ("name", "version", "license", "licenses", "author", "dependencies"), json_values
        )
    ),
    json_values,
)
def test_any_json_is_read(document: dict[str, object], registry: object) -> None:
    sbom = read(
        {
            "node_modules/a/package.json": document,
            ".pnp.data.json": {"packageRegistryData": registry},
        }
    )
    assert len(sbom.packages) + len(sbom.problems) >= 1
