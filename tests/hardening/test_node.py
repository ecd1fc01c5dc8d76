"""Node.js: how apps start without npm, what is for development, which package is native."""

import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.dockerfiles import ShellCommand, script_commands
from ironhull.hardening import node
from ironhull.hardening._node_facts import imported, manifest_of, native
from ironhull.hardening._node_managers import install_tools, omitting, prune, standing_manager
from ironhull.hardening._node_start import started
from ironhull.hardening.node import NODE
from ironhull.values import replace
from tests.hardening.subjects import draft, subject

APP = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"


def _manifest(**said: object) -> str:
    return json.dumps({"name": "app", **said})


def _started(words: str, scripts: dict[str, str] | None = None, **more: object) -> object:
    made = subject(APP, {"package.json": _manifest(scripts=scripts or {}, **more)})
    found = started(tuple(words.split()), manifest_of(made))
    return found.trouble or (" ".join(found.words), dict(found.environment))


@pytest.mark.parametrize(
    ("words", "scripts", "after"),
    [
        ("node server.js", {}, ("node server.js", {})),
        ("nodejs server.js", {}, ("node server.js", {})),
        ("npm start", {"start": "node server.js"}, ("node server.js", {})),
        ("npm run -s serve", {"serve": "node a.js -v"}, ("node a.js -v", {})),
        ("npm run serve -- -p 1", {"serve": "node a.js"}, ("node a.js -p 1", {})),
        ("yarn serve", {"serve": "node a.js"}, ("node a.js", {})),
        ("pnpm run serve", {"serve": "node a.js"}, ("node a.js", {})),
        ("npm start", {}, ("node server.js", {})),
        (
            "npm start",
            {"start": "NODE_ENV=production node a.js"},
            ("node a.js", {"NODE_ENV": "production"}),
        ),
        (
            "npm start",
            {"start": "cross-env A=b C=d node a.js"},
            ("node a.js", {"A": "b", "C": "d"}),
        ),
        ("npm start", {"start": "npm run x", "x": "node a.js"}, ("node a.js", {})),
        (
            "npm start",
            {"start": "next start -p 80"},
            ("node node_modules/.bin/next start -p 80", {}),
        ),
        ("npx next start", {}, ("node node_modules/.bin/next start", {})),
        ("yarn exec next start", {}, ("node node_modules/.bin/next start", {})),
        ("node_modules/.bin/next start", {}, ("node node_modules/.bin/next start", {})),
        ("tini -- node a.js", {}, ("node a.js", {})),
        ("dumb-init npm start", {"start": "node a.js"}, ("node a.js", {})),
        ("pm2-runtime app.js", {}, ("node app.js", {})),
        ("npm start", {"start": "./bin/www.js"}, ("node ./bin/www.js", {})),
    ],
)
def test_starts(words: str, scripts: dict[str, str], after: object) -> None:
    assert _started(words, scripts) == after


@pytest.mark.parametrize(
    ("words", "scripts", "why"),
    [
        ("npm start", {"start": "node a.js && node b.js"}, "more than one command"),
        ("npm start", {"start": "node a.js --port $PORT"}, "needs a shell"),
        ("npm start", {"start": "A=$B node a.js"}, "needs a shell"),
        ("npm start", {"start": "node a.js > log"}, "more than one command"),
        ("npm start", {"prestart": "tsc", "start": "node a.js"}, "prestart"),
        ("npm start", {"start": "npm start"}, "run each other"),
        ("npm run nothing", {}, "no script 'nothing'"),
        ("npm start", {"start": "nodemon a.js"}, "for development"),
        ("npm start", {"start": "./run"}, "no program"),
        ("pm2-runtime ecosystem.config.js", {}, "settings"),
        ("npm install", {}, "no program of the app"),
        ("python3 a.py", {}, "no program"),
        ("", {}, "not known"),
    ],
)
def test_what_cannot_start_without_a_shell(words: str, scripts: dict[str, str], why: str) -> None:
    found = _started(words, scripts)
    assert isinstance(found, str)
    assert why in found


def test_without_a_package_json() -> None:
    assert "no package.json" in started(("npm", "start"), None).trouble


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_script_is_a_crash(script: str, words: str) -> None:
    _started(f"npm {words}", {"start": script, words: script})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"1", b'{"scripts": 1}', b"[" * 9999])
def test_hostile_manifests(body: bytes) -> None:
    found = manifest_of(subject(APP, {"package.json": body, "package-lock.json": body}))
    assert found is None or found.scripts == {}
    native(subject(APP, {"package-lock.json": body}), "")


def test_the_manifest_of_a_folder() -> None:
    text = "FROM node:20\nWORKDIR /app\nCOPY api/package*.json ./\nCOPY api/ .\n"
    files = {"package.json": _manifest(), "api/package.json": _manifest(scripts={"a": "b"})}
    found = manifest_of(subject(text, files))
    assert found is not None
    assert found.folder == "api"


def _command(text: str) -> ShellCommand:
    return script_commands(text)[0]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("npm ci", "npm ci --omit=dev"),
        ("npm install", "npm install --omit=dev"),
        ("npm i --no-audit", "npm i --omit=dev --no-audit"),
        ("yarn", "yarn install --production"),
        ("yarn install --frozen-lockfile", "yarn install --production --frozen-lockfile"),
        ("pnpm install --frozen-lockfile", "pnpm install --prod --frozen-lockfile"),
        ("A='b c' npm ci", "A='b c' npm ci --omit=dev"),
        ("npm ci --omit=dev", ""),
        ("npm ci --only=production", ""),
        ("npm ci --only production", ""),
        ("npm install --production", ""),
        ("pnpm install -P", ""),
        ("NODE_ENV=production npm ci", ""),
    ],
)
def test_omitting(text: str, after: str) -> None:
    made = subject(APP, {"package.json": _manifest()})
    manifest = manifest_of(made)
    assert manifest is not None
    assert omitting(_command(text), manifest, made) == after


def test_an_environment_for_production_omits_already() -> None:
    text = "FROM node:20\nENV NODE_ENV=production\nRUN npm ci\n"
    made = draft(text, NODE, {"package.json": _manifest(devDependencies={"a": "1"})})
    made.at = made.subject.stage.all("RUN")[0]
    effect = NODE.effect(made.commands(made.at)[0], made)
    assert effect is not None
    assert effect.text == ""


def test_later_releases_of_yarn_have_no_such_option() -> None:
    made = subject(APP, {"package.json": _manifest(packageManager="yarn@4.5.0")})
    manifest = manifest_of(made)
    assert manifest is not None
    assert omitting(_command("yarn install --immutable"), manifest, made) == ""


DEV = {"package.json": _manifest(devDependencies={"jest": "1", "@types/x": "1"})}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("const a = require('jest')", "jest"),
        ('import a from "@types/x/y";', "@types/x"),
        ("await import(`jest`)", "jest"),
        ("import 'jest'", "jest"),
        ("import type { A } from 'jest'; export {}", ""),
        ("const jest = 1", ""),
        ("require('jest-other')", ""),
    ],
)
def test_imports(body: str, found: str) -> None:
    made = subject(APP, {"src/a.ts": body})
    said = imported(made.context, frozenset({"jest", "@types/x"}))
    assert (said[0] if said else "") == found


def test_tests_and_settings_may_import_what_is_for_development() -> None:
    files = dict.fromkeys(("test/a.js", "a.test.ts", "vite.config.ts", "x/__tests__/a.js"), "")
    made = subject(APP, dict.fromkeys(files, "import 'jest'"))
    assert imported(made.context, frozenset({"jest"})) is None


def _install(text: str, files: dict[str, str]) -> tuple[object, object]:
    made = draft(text, NODE, files)
    made.at = made.subject.stage.all("RUN")[0]
    return NODE.effect(made.commands(made.at)[0], made), made


def test_an_install_omits_what_nothing_needs() -> None:
    effect, _made = _install(f'{APP}CMD ["node", "a.js"]\n', {**DEV, "a.js": ""})
    assert effect.kind == "installs"  # type: ignore[attr-defined]  # an Effect
    assert effect.text == "npm ci --omit=dev"  # type: ignore[attr-defined]  # an Effect


def test_an_install_before_a_build_is_pruned_after_it() -> None:
    effect, made = _install(f'{APP}RUN npm run build\nCMD ["node", "a.js"]\n', {**DEV, "a.js": ""})
    assert effect.text == ""  # type: ignore[attr-defined]  # an Effect
    assert NODE.finish(made) == ("RUN npm prune --omit=dev --ignore-scripts",)  # type: ignore[arg-type]  # a Draft


def test_what_the_app_imports_stays_and_is_said() -> None:
    files = {**DEV, "a.js": "require('jest')"}
    effect, made = _install(f'{APP}CMD ["node", "a.js"]\n', files)
    assert effect.text == ""  # type: ignore[attr-defined]  # an Effect
    (left,) = made.by_hand  # type: ignore[attr-defined]  # a Draft
    assert "a.js imports jest" in left.reason


def test_what_starts_the_app_stays_and_is_said() -> None:
    files = {"package.json": _manifest(devDependencies={"vite": "1"}, scripts={"start": "vite"})}
    effect, made = _install(f'{APP}CMD ["npm", "start"]\n', files)
    assert effect.text == ""  # type: ignore[attr-defined]  # an Effect
    assert "started by vite" in made.by_hand[0].reason  # type: ignore[attr-defined]  # a Draft


def test_own_scripts_of_an_install_may_write_anything() -> None:
    files = {"package.json": _manifest(scripts={"postinstall": "node make.js"})}
    effect, _ = _install(APP, files)
    assert effect.kind == "writes"  # type: ignore[attr-defined]  # an Effect
    assert effect.inputs is None  # type: ignore[attr-defined]  # an Effect


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"hasInstallScript": True}, "bcrypt"),
        ({"cpu": ["x64"]}, "bcrypt"),
        ({"hasInstallScript": True, "dev": True}, ""),
        ({}, ""),
    ],
)
def test_native_packages_of_a_lock_file(row: dict[str, object], found: str) -> None:
    lock = json.dumps({"lockfileVersion": 3, "packages": {"": {}, "node_modules/bcrypt": row}})
    assert native(subject(APP, {"package-lock.json": lock}), "") == found


def test_native_packages_of_other_lock_files() -> None:
    assert native(subject(APP, {"yarn.lock": "nanoid@3:\n  version 3"}), "") == ""
    assert native(subject(APP, {"yarn.lock": "node-addon-api@^5:\n"}), "") == "node-addon-api"
    assert native(subject(APP), "") == "packages without a lock file"


def test_package_managers_that_a_base_lacks() -> None:
    yarn = subject("FROM node:20\nRUN yarn install\n", {"yarn.lock": ""})
    assert standing_manager(yarn) == "yarn"
    assert install_tools(yarn, None, "yarn") == "npm install --global yarn@1.22.22"
    lock = {"pnpm-lock.yaml": "lockfileVersion: '6.0'\n", "package.json": _manifest()}
    pnpm = subject("FROM node:20\nRUN corepack enable && pnpm install\n", lock)
    assert standing_manager(pnpm) == ""
    assert install_tools(pnpm, manifest_of(pnpm)) == "npm install --global pnpm@8"
    said = {"package.json": _manifest(packageManager="pnpm@9.1.0+sha512.abc")}
    exact = subject("FROM node:20\nRUN corepack enable\n", said)
    assert install_tools(exact, manifest_of(exact)) == "npm install --global pnpm@9.1.0"


def test_pruning_in_another_folder() -> None:
    assert prune("npm", "/a", "/a") == "RUN npm prune --omit=dev --ignore-scripts"
    assert (
        prune("pnpm", "/a b", "/") == "RUN cd '/a b' && CI=true pnpm prune --prod --ignore-scripts"
    )


def test_versions() -> None:
    for image, version in (
        ("node:18-alpine", "18"),
        ("gcr.io/distroless/nodejs20-debian12", "20"),
        ("cgr.dev/chainguard/node:latest", ""),
        ("python:3", None),
    ):
        assert NODE.recognise(subject(f"FROM {image}\n")) == version


def test_what_the_official_entrypoint_makes_of_words() -> None:
    made = draft('FROM node:20\nCMD ["server.js"]\n', NODE)
    assert NODE.start(("server.js",), made) == ("node", "server.js")
    assert NODE.start(("--inspect", "a.js"), made) == ("node", "--inspect", "a.js")


def test_a_start_that_is_not_understood_is_left_by_hand() -> None:
    made = draft("FROM node:20\n", NODE)
    assert NODE.start(("bundle", "exec"), made) is None
    assert made.by_hand[0].text == "bundle exec"


# ── a start with variables, run by the real thing ────────────────────────────────────────────────

ECHO = (
    "const fs = require('fs');\n"
    "fs.writeSync(1, JSON.stringify([process.argv.slice(2), require.main === module]));\n"
)


@pytest.mark.parametrize(
    "line",
    [
        "node {app} --port $PORT",
        "node {app} --port=${PORT}",
        "exec node {app} ${UNSET:-a} b",
        "node {app} $MANY c",
        'node {app} "$MANY" c',
        'node {app} "$UNSET" c',
        "node {app} ${EMPTY-x} ${EMPTY:-y}",
    ],
)
def test_variables_are_what_a_shell_makes_of_them(line: str, tmp_path_factory: object) -> None:
    if shutil.which("node") is None:
        pytest.skip("needs Node.js (scripts/test-packages.sh)")
    place = tmp_path_factory.mktemp("node")  # type: ignore[attr-defined]  # pytest's factory
    app = place / "app.js"
    app.write_text(ECHO)
    text = line.replace("{app}", str(app))
    program = node.NODE.program(script_commands(text), draft("FROM node:20\n", NODE))
    assert program is not None
    (place / "start.js").write_text(program)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PORT": "80",
        "MANY": "x  y",
        "EMPTY": "",
    }
    said = [
        subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
        for words in (["sh", "-c", text], ["node", str(place / "start.js")])
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "text", ["node a.js $(hostname)", 'node a.js "$A" $A', "node a.js *.x", "node -r x $Y", "a; b"]
)
def test_programs_for_a_shell_alone(text: str) -> None:
    assert NODE.program(script_commands(text), draft("FROM node:20\n", NODE)) is None


def test_a_program_that_path_lacks_is_put_there() -> None:
    made = draft("FROM node:20\n", NODE)
    NODE.start(("node", "a.js"), made)
    assert made.environment == {}
    made.pair = replace(made.pair, interpreter="/nodejs/bin/node")
    NODE.start(("node", "a.js"), made)
    assert made.environment == {"PATH": "/nodejs/bin:$PATH"}
