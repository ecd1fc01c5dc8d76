"""`make lab`: every step of examples/lab, run on a real Docker Engine, with a real browser.

The engine is the one `docker` talks to, or one started for this run (as root on Linux). What a step
prints is shown; a step that fails, or says something else than the lab promises, ends the run.
Everything happens in a copy of the app below lab-out/.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for tests.sources.engines

from labspace import Lab, LabError, Step, read_lab

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "examples" / "reservations"
PLACE = ROOT / "examples" / "lab"
PATIENCE = 60.0
REFERENCE = {
    "web:init": ("68 MB", "101", "21", "7/10"),
    "web:dev": ("56 MB", "86", "1", "10/10"),
    "web:hardened": ("36 MB", "44", "0", "10/10"),
}
"""What the well-known lab prints: content size, packages, vulnerabilities (with VEX), policies."""


class StopError(Exception):
    """The lab cannot go on, and why."""


# ── steps ────────────────────────────────────────────────────────────────────────────────────────


def run_lab(lab: Lab, work: Path, environment: Mapping[str, str]) -> None:
    """Take every step; raises StopError at the first that is not as promised."""
    for number, section in enumerate(lab.sections, 1):
        print(f"\n━━ {number}. {section.title}", flush=True)
        for step in section.steps:
            where = f"{section.path.name}:{step.line}"
            if step.kind == "save":
                target = work / step.target
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(step.body, "utf-8")
                print(f"── wrote {step.target}", flush=True)
            elif step.kind == "do":
                print(f"── {step.body}", flush=True)
                _by_hand(step.body, environment, where)
            else:
                _shell(step, work, environment, where)


def _shell(step: Step, work: Path, environment: Mapping[str, str], where: str) -> None:
    print("".join(f"$ {line}\n" for line in step.body.splitlines()), end="", flush=True)
    process = subprocess.Popen(
        ["bash", "-e", "-o", "pipefail", "-c", step.body],
        cwd=work,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        print(line, end="", flush=True)
    code, text = process.wait(), "".join(said)
    if code not in step.exits:
        expected = " or ".join(map(str, step.exits))
        raise StopError(f"{where}: exit code {code}, not {expected}")
    for wanted in step.says:
        if wanted not in text:
            raise StopError(f'{where}: it should have said "{wanted}"')
    for unwanted in step.never:
        if unwanted in text:
            raise StopError(f'{where}: it must not say "{unwanted}"')


# ── what a person does ───────────────────────────────────────────────────────────────────────────


def _by_hand(what: str, environment: Mapping[str, str], where: str) -> None:
    """`reserve "NAME"`: fill in the form in Chromium; `see "NAME"`: the list shows it."""
    verb, _, rest = what.partition(" ")
    name = rest.strip().strip('"')
    if verb not in ("reserve", "see") or not name:
        raise StopError(f'{where}: nobody knows how to do: {what} (reserve "…", see "…")')
    url = f"http://127.0.0.1:{environment['WEB_PORT']}/"
    with _browser() as page:
        _patient(lambda: page.goto(url), f"{where}: {url} does not answer")
        if verb == "reserve":
            page.fill("#name", name)
            page.fill("#day", "2030-12-31")
            page.fill("#party_size", "4")
            page.click("text=Reserve >> nth=-1")
            page.wait_for_selector("[role=status]")
        if page.locator("table td", has_text=name).count() == 0:
            raise StopError(f"{where}: the page does not list {name}")


@contextmanager
def _browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise StopError("Playwright is not installed: run `make test` once") from None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise StopError("Chromium is not installed (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def _patient(act: Any, complaint: str) -> None:
    from playwright.sync_api import Error

    end = time.monotonic() + PATIENCE
    while True:
        try:
            act()
            return
        except Error as trouble:
            if time.monotonic() > end:
                raise StopError(f"{complaint}: {trouble.message.splitlines()[0]}") from None
        time.sleep(0.5)


# ── the engine ───────────────────────────────────────────────────────────────────────────────────


@contextmanager
def engine() -> Iterator[dict[str, str]]:
    """The environment that leads to a Docker Engine: the user's, else one for this run."""
    if _answers(os.environ):
        yield {}
        return
    import pytest

    from tests.sources.engines import docker

    try:
        with docker("containerd", online=True) as started:
            yield {**started.environment}
    except pytest.skip.Exception as reason:
        raise StopError(
            f"no Docker Engine answers, and none can be started here ({reason}): start Docker, or "
            "run this as root on Debian; examples/lab/README.md says what can be done without one"
        ) from None


def _answers(environment: Mapping[str, str]) -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    done = subprocess.run(
        [docker, "version"], env=dict(environment), capture_output=True, check=False
    )
    return done.returncode == 0


# ── beginning and end ────────────────────────────────────────────────────────────────────────────


def _copy_app(work: Path) -> None:
    """A fresh copy of the app; the lab writes its own hardened Dockerfile."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(APP, work, ignore=shutil.ignore_patterns("__pycache__", "Dockerfile.hardened"))


def table(environment: Mapping[str, str], names: Mapping[str, tuple[str, ...]]) -> str:
    """Sizes, packages, vulnerabilities and policies of the lab's images beside the reference's."""
    rows = [("image", "size", "packages", "vulnerabilities", "policies", "reference lab")]
    for name, reference in names.items():
        found = _ask(environment, "quickview", f"docker://{name}")
        policies = found["policies"]
        rows.append(
            (
                name,
                f"{found['content_size'] / 1e6:.0f} MB",
                str(found["packages"]),
                str(found["vulnerabilities"]["findings"]),
                f"{policies['met']}/{policies['total']}",
                ", ".join(reference),
            )
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in [rows[0], ("---",) * 6, *rows[1:]])


def _ask(environment: Mapping[str, str], *words: str) -> Any:
    done = subprocess.run(
        ["ironhull", *words, "--format", "json", "-q"],
        env=dict(environment),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise StopError(f"ironhull {' '.join(words)}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Run every step of examples/lab.")
    parser.add_argument("--out", default=str(ROOT / "lab-out"), help="where everything happens")
    parser.add_argument(
        "--ca-certificates",
        default=os.environ.get("SSL_CERT_FILE", ""),
        help="authorities builds have to trust, where a proxy opens TLS (default: SSL_CERT_FILE)",
    )
    parser.add_argument("--port", default="5000", help="of the app, on 127.0.0.1")
    options = parser.parse_args()
    begin = time.monotonic()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    trust = f"--ca-certificates {options.ca_certificates}" if options.ca_certificates else ""
    try:
        lab = read_lab(PLACE, {"trust": trust, "port": options.port})
        _copy_app(out / "project")
        with engine() as address:
            path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            environment = {**os.environ, **address, "PATH": path, "WEB_PORT": options.port}
            environment.setdefault("IRONHULL_HOME", str(out / "home"))
            environment["NO_COLOR"] = "1"
            environment["COMPOSE_PROJECT_NAME"] = "ironhull-lab"
            run_lab(lab, out / "project", environment)
            print(f"\n━━ In short ({time.monotonic() - begin:.0f} s)\n")
            print(table(environment, REFERENCE), end="")
    except (StopError, LabError) as stop:
        sys.exit(f"lab: {stop}")


if __name__ == "__main__":
    main()
