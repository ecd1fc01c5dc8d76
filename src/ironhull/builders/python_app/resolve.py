"""Requirements to wheels with pip as the engine, for an interpreter that need not be here.

pip runs in a process of its own with the user's configuration (index, proxies, certificates,
find-links, keyring) and is asked for wheels only, so nothing is built. What it brings is checked:
every file's tags against the target, every dependency against what came (the metadata of the
wheels, PEP 643), every locked file against its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ironhull.builders.python_app.lock import Wheel
from ironhull.builders.python_app.requirements import Demand, applies
from ironhull.builders.python_app.target import Target
from ironhull.errors import BuildError, ResolveError
from ironhull.limits import LIMITS

__all__ = ["fetch", "resolve", "wheel_path"]

_RUNNER = Path(__file__).with_name("_pip_runner.py")


def resolve(
    demand: Demand, target: Target, *, cache: Path, context: Path, environment: Mapping[str, str]
) -> tuple[Wheel, ...]:
    """The wheels that satisfy `demand` on `target`, in `cache`, sorted by name.

    `environment` is that of the pip process. Raises ResolveError (pip's own reason) and
    BuildError (a dependency without a fitting wheel).
    """
    if not demand.requirements:
        return ()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="pip-") as work:
        folder = Path(work)
        asked = folder / "lines.txt"
        asked.write_text("".join(f"{line}\n" for line in demand.lines), encoding="utf-8")
        arguments = [item for path in demand.files for item in ("-r", str(path.resolve()))]
        arguments += ["-r", str(asked)] if demand.lines else []
        _download(
            arguments, folder / "wheels", target, _Run(context, environment, demand.index_options)
        )
        urls = {str(canonicalize_name(r.name)): r.url or "" for r in demand.requirements}
        wheels = tuple(_keep(p, cache, urls) for p in sorted((folder / "wheels").iterdir()))
    _check_tags(wheels, target)
    return _closure(demand.requirements, wheels, target, cache)


def fetch(
    wheels: Sequence[Wheel],
    demand: Demand,
    target: Target,
    *,
    cache: Path,
    environment: Mapping[str, str],
) -> None:
    """Bring locked wheels into `cache`, by digest; what is there already is verified instead."""
    _check_tags(wheels, target)
    missing = [wheel for wheel in wheels if not _is_kept(wheel, cache)]
    if not missing:
        return
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="pip-") as work:
        folder = Path(work)
        lines = [*demand.index_options]
        for wheel in missing:
            what = f"{wheel.name} @ {wheel.url}" if wheel.url else f"{wheel.name}=={wheel.version}"
            lines.append(f"{what} --hash=sha256:{wheel.sha256}")
        asked = folder / "locked.txt"
        asked.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        arguments = ["--no-deps", "--require-hashes", "-r", str(asked)]
        _download(arguments, folder / "wheels", target, _Run(folder, environment))
        for path in sorted((folder / "wheels").iterdir()):
            _keep(path, cache, {})
    for wheel in missing:
        if not _is_kept(wheel, cache):
            raise BuildError(
                f"the index no longer has {wheel.file} with the digest in the lock file",
                "build without --locked to resolve anew",
            )


def wheel_path(wheel: Wheel, cache: Path) -> Path:
    """Where `cache` keeps a wheel; the digest is part of the path."""
    return cache / wheel.sha256 / wheel.file


def _is_kept(wheel: Wheel, cache: Path) -> bool:
    path = wheel_path(wheel, cache)
    return path.is_file() and _sha256(path) == wheel.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _keep(path: Path, cache: Path, urls: Mapping[str, str]) -> Wheel:
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
        size = path.stat().st_size
        if size > LIMITS.http_file_bytes:
            raise BuildError(
                f"{path.name} is larger than {LIMITS.http_file_bytes} bytes", "leave it out"
            )
        wheel = Wheel(
            name,
            str(version),
            path.name,
            _sha256(path),
            size,
            urls.get(canonicalize_name(name), ""),
        )
    except (InvalidWheelFilename, ValueError) as trouble:
        raise BuildError(f"{path.name} is not a wheel: {trouble}", _NO_SOURCE) from None
    place = wheel_path(wheel, cache)
    place.parent.mkdir(parents=True, exist_ok=True)
    path.replace(place)
    return wheel


# ── pip ──────────────────────────────────────────────────────────────────────────────────────────

_NO_SOURCE = (
    "only wheels are installed: take a version that has one, or build it where you trust it "
    "(`pip wheel --no-deps -w wheels NAME`) and add --find-links wheels"
)


@dataclass(frozen=True, slots=True)
class _Run:
    """Where and with what environment pip runs; index options of the requirements files."""

    context: Path
    environment: Mapping[str, str]
    index_options: tuple[str, ...] = ()

    def with_indexes(self) -> _Run:
        """The same with the index options as variables: on a command line others could see them."""
        said: dict[str, list[str]] = {}
        for option in self.index_options:
            name, _, value = option.partition(" ")
            for used, expanded in self.environment.items():
                value = value.replace("${" + used + "}", expanded)  # as pip does in the files
            said.setdefault(_VARIABLES.get(name, ""), []).append(value or "1")
        said.pop("", None)
        return _Run(self.context, {**self.environment, **{k: " ".join(v) for k, v in said.items()}})


_VARIABLES = {
    "-i": "PIP_INDEX_URL",
    "--index-url": "PIP_INDEX_URL",
    "--extra-index-url": "PIP_EXTRA_INDEX_URL",
    "-f": "PIP_FIND_LINKS",
    "--find-links": "PIP_FIND_LINKS",
    "--no-index": "PIP_NO_INDEX",
    "--trusted-host": "PIP_TRUSTED_HOST",
    "--pre": "PIP_PRE",
}


def _download(arguments: list[str], into: Path, target: Target, run: _Run) -> None:
    into.mkdir()
    options = [
        "download", "--only-binary=:all:", "--implementation=cp", f"--abi={target.abi}",
        f"--python-version={target.full_version}", f"--dest={into}",
        *(f"--platform={tag}" for tag in target.platforms),
    ]  # fmt: skip
    done = _pip(["--quiet", *options, *arguments], target, run)
    if done.returncode:
        raise _explain(done.stderr, target, run)


def _pip(arguments: list[str], target: Target, run: _Run) -> subprocess.CompletedProcess[str]:
    """pip in its own process; -P keeps this folder off its path."""
    quiet = ["--disable-pip-version-check", "--no-input", "--no-color"]
    return subprocess.run(
        [sys.executable, "-P", str(_RUNNER), json.dumps(dict(target.markers)), *arguments, *quiet],
        cwd=run.context,
        env={k: v for k, v in run.environment.items() if k not in _UNSET},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


_UNSET = frozenset({"PIP_NO_BINARY", "PIP_REQUIRE_VIRTUALENV", "PIP_QUIET", "PIP_VERBOSE"})


def _explain(stderr: str, target: Target, run: _Run) -> Exception:
    errors = [
        line.removeprefix("ERROR: ").strip()
        for line in stderr.splitlines()
        if line.startswith("ERROR: ")
    ]
    if "No module named 'pip" in stderr:
        return BuildError(
            f"pip is not installed for {sys.executable}",
            "`python -m ensurepip`, or install ironhull[build]",
        )
    if "Retrying (Retry(total=0" in stderr:  # pip goes on as if the index listed nothing
        why = re.search(r"Retrying \(Retry\(total=0.*?connection broken by '(.*?)'?: /", stderr)
        return ResolveError(
            f"the package index does not answer: {_redact(why[1] if why else 'connection broken')}",
            "check the network and pip's index configuration, and try again",
        )
    for line in errors:
        match = re.search(r"No matching distribution found for (\S.*?)(?: \(from .*)?$", line)
        if match:
            return _no_wheel(match[1], errors, target, run)
    last = stderr.strip().splitlines()[-1:] or ["it said nothing"]
    return ResolveError(
        f"pip cannot resolve the dependencies: {_redact('; '.join(errors) or last[0])}",
        "relax or correct the requirements, or check pip's index configuration",
    )


def _no_wheel(text: str, errors: list[str], target: Target, run: _Run) -> Exception:
    """Tell a package that is only there as source (or for other systems) from a missing one."""
    where = f"CPython {target.python} on {target.platform} (glibc 2.{target.glibc[1]})"
    match = re.match(r"[A-Za-z0-9._-]+", text)
    name = match[0] if match else text
    done = _pip(["index", "versions", name, "--json"], target, run.with_indexes())
    try:
        versions = list(json.loads(done.stdout)["versions"])
    except (ValueError, KeyError, TypeError):
        versions = []
    wanted = _redact(text)
    if any(_allows(text, version) for version in versions):
        return BuildError(f"{wanted} has no wheel for {where}, only source", _NO_SOURCE)
    if run.environment.get("PIP_NO_INDEX"):
        return ResolveError(
            f"no version of {wanted} for {where} without a package index",
            "unset IRONHULL_OFFLINE and PIP_NO_INDEX, or give its wheel with --find-links",
        )
    if any("proxy" in e.lower() or "connection" in e.lower() for e in errors) and not versions:
        return ResolveError(f"the package index does not answer: {_redact(errors[0])}", "try later")
    said = f"the newest of {len(versions)} is {versions[0]}" if versions else _redact(errors[0])
    return ResolveError(
        f"no version of {wanted} for {where}: {said}",
        "correct the name or version, or pip's index configuration",
    )


def _allows(text: str, version: str) -> bool:
    try:
        return Requirement(text).specifier.contains(version, prereleases=True)
    except InvalidRequirement:
        return True


def _redact(text: str) -> str:
    """Text without the user part of URLs."""
    return re.sub(r"://[^/@\s]+@", "://****@", text)


# ── checks ───────────────────────────────────────────────────────────────────────────────────────


def _check_tags(wheels: Sequence[Wheel], target: Target) -> None:
    fits: set[Tag] = {
        *cpython_tags(target.version, [target.abi], target.platforms),
        *compatible_tags(target.version, target.abi[:2] + target.abi[2:], target.platforms),
    }
    for wheel in wheels:
        try:
            tags = parse_wheel_filename(wheel.file)[3]
        except (InvalidWheelFilename, ValueError) as trouble:
            raise BuildError(f"{wheel.file}: {trouble}", "resolve anew without --locked") from None
        if not fits.intersection(tags):
            raise BuildError(
                f"{wheel.file} does not fit CPython {target.python} on {target.platform}",
                "resolve anew without --locked",
            )


def _closure(
    roots: Sequence[Requirement], wheels: Sequence[Wheel], target: Target, cache: Path
) -> tuple[Wheel, ...]:
    """The wheels reachable from `roots`; a dependency that did not come is an error."""
    by_name = {str(canonicalize_name(wheel.name)): wheel for wheel in wheels}
    needs = {name: tuple(_requires(wheel, cache)) for name, wheel in by_name.items()}
    extras = {name: _extras(wheel, cache) for name, wheel in by_name.items()}
    open_ = [(r, "the project") for r in roots if applies(r, target.markers)]
    done: set[tuple[str, str]] = set()
    while open_:
        wanted, by = open_.pop()
        name = canonicalize_name(wanted.name)
        wheel = by_name.get(name)
        if wheel is None or not wanted.specifier.contains(wheel.version, prereleases=True):
            raise ResolveError(
                f"{by} needs {wanted}, pip brought {wheel.version if wheel else 'nothing'}",
                "upgrade pip; it did not resolve for the target",
            )
        for extra in ("", *sorted({canonicalize_name(e) for e in wanted.extras} & extras[name])):
            if (name, extra) not in done:
                done.add((name, extra))
                open_ += [
                    (need, f"{wheel.name} {wheel.version}")
                    for need in needs[name]
                    if applies(need, target.markers, extra)
                ]
    return tuple(by_name[name] for name in sorted({name for name, _ in done}))


def _extras(wheel: Wheel, cache: Path) -> set[str]:
    """The extras a wheel has; pip ignores others that are asked for."""
    metadata = BytesHeaderParser().parsebytes(_metadata(wheel_path(wheel, cache)))
    return {canonicalize_name(str(name)) for name in metadata.get_all("Provides-Extra", [])}


def _requires(wheel: Wheel, cache: Path) -> Iterator[Requirement]:
    metadata = BytesHeaderParser().parsebytes(_metadata(wheel_path(wheel, cache)))
    for line in metadata.get_all("Requires-Dist", []):
        try:
            yield Requirement(str(line))
        except InvalidRequirement:
            raise BuildError(
                f"{wheel.file}: METADATA holds a broken Requires-Dist: {line}",
                "take another version",
            ) from None


def _metadata(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if re.fullmatch(r"[^/]+\.dist-info/METADATA", info.filename):
                    if info.file_size > LIMITS.definition_bytes:
                        raise BuildError(f"{path.name}: METADATA is too large", "leave it out")
                    return archive.read(info)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error) as trouble:
        raise BuildError(f"{path.name}: broken wheel: {trouble}", "clear pip's cache") from None
    raise BuildError(f"{path.name}: no METADATA in the wheel", "take another version")
