"""The process that evaluates: nothing of Ironhull is imported, everything comes by the pipe.

A message is a line: JSON without line breaks. First comes `{"memory": bytes, "builtins": {name:
number of arguments}}` and the input document as a line of its own; then one `{"name", "source",
"config", "query", "beside"}` per module, each answered with `{"value", "prints", "seconds"}` or
`{"error", "prints", "seconds"}`. While a module is evaluated, `{"call": name, "arguments": [...]}`
asks the parent, who answers `{"value": ...}` or `{"error": text}`.
"""

import hashlib
import hmac
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["main"]


def main() -> None:
    """Answer messages until there are none."""
    reader, writer = sys.stdin.buffer, sys.stdout.buffer
    _without_descriptors()
    import regorus

    opening = json.loads(reader.readline())
    _confine(opening["memory"])
    base = regorus.Engine()
    base.set_input_json(reader.readline().decode())
    for name, count in opening["builtins"].items():
        base.add_extension(name, count, _asking(name, reader, writer))
    for name, (count, function) in _OWN.items():
        base.add_extension(name, count, function)
    while line := reader.readline():
        _send(writer, _answer(base, json.loads(line)))


def _without_descriptors() -> None:
    """What prints to standard error finds nobody; standard output is the pipe alone."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)


def _confine(memory: int) -> None:
    """No files are written, memory is bounded; where a system does not know a limit, time is."""
    import resource

    memory += _mapped()
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            hard = resource.getrlimit(limit)[1]
            least = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (least, least))
        except (ValueError, OSError):
            continue


def _mapped() -> int:
    """Bytes of addresses the process has taken already; 0 where nothing tells."""
    try:
        pages = Path("/proc/self/statm").read_bytes().split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _send(writer: BinaryIO, message: object) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
    writer.flush()


def _asking(name: str, reader: BinaryIO, writer: BinaryIO) -> Callable[..., Any]:
    """A function that asks the parent, once for each set of arguments: answers do not change."""
    known: dict[str, Any] = {}

    def ask(*arguments: Any) -> Any:
        question = json.dumps([_plain(each) for each in arguments])
        if question not in known:
            _send(writer, {"call": name, "arguments": json.loads(question)})
            answer = json.loads(reader.readline())
            if "error" in answer:
                raise RuntimeError(answer["error"])
            known[question] = answer["value"]
        return known[question]

    return ask


def _plain(value: Any) -> Any:
    """A Rego value as JSON has it: sets are arrays, in Rego's order of values of one type."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(_plain, value), key=json.dumps)
    return value


def _answer(base: Any, module: dict[str, Any]) -> dict[str, Any]:
    engine = base.clone()
    engine.set_gather_prints(True)
    started = time.perf_counter()
    answer: dict[str, Any] = {}
    try:
        answer["value"] = _evaluated(engine, module)
    except BaseException as trouble:  # noqa: BLE001 - the engine's panics are no Exceptions
        answer["error"] = str(trouble).partition("Stack backtrace:")[0].strip()
    answer["seconds"] = time.perf_counter() - started
    answer["prints"] = engine.take_prints()
    return answer


def _evaluated(engine: Any, module: dict[str, Any]) -> Any:
    engine.add_data({"config": module["config"]})
    package = _add(engine, module["name"], module["source"])
    for name, source in module["beside"]:
        _add(engine, name, source)
    found = json.loads(engine.eval_query_as_json(module["query"] or package))
    results = found.get("result") or []
    return results[0]["expressions"][0]["value"] if results else None


def _add(engine: Any, name: str, source: str) -> str:
    """The package of the module, which was added in the dialect it is written in."""
    imports = re.search(r"^\s*import\s+(rego\.v1|future\.keywords)", source, re.MULTILINE)
    engine.set_rego_v0(not imports and _is_older(source))
    return str(engine.add_policy(name, source))


def _is_older(source: str) -> bool:
    """Whether a module that imports no dialect is of Rego v0: then it does not parse as v1."""
    import regorus

    try:
        regorus.Engine().add_policy("module", source)
    except BaseException:  # noqa: BLE001 - the engine's panics are no Exceptions
        return True
    return False


# ── built-in functions the engine lacks, as the Open Policy Agent has them ───────────────────────


def _digest(algorithm: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


def _hmac(algorithm: str) -> Callable[[str, str], str]:
    return lambda text, key: hmac.new(key.encode(), text.encode(), algorithm).hexdigest()


def _no_network(_: Any) -> Any:
    raise RuntimeError("policies have no network: http.send is not there")


def _no_runtime() -> dict[str, Any]:
    return {}


_VERB = re.compile(r"%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])")


def _sprintf(form: str, values: list[Any]) -> str:
    """`sprintf` with Go's flags, width and precision (Go, package fmt), which the engine lacks."""
    left = iter(values)
    missing = object()

    def put(match: re.Match[str]) -> str:
        flags, width, precision, verb = match.groups()
        if verb == "%":
            return "%"
        if width == "*":
            width = str(next(left, 0))
        if precision == "*":
            precision = str(next(left, 0))
        value = next(left, missing)
        if value is missing:
            return f"%!{verb}(MISSING)"
        points = precision or ("0" if "." in match.group() else None)
        return _padded(_shown(verb, flags, points, value), flags, width, verb)

    text = _VERB.sub(put, form)
    extra = [f"{_type(value)}={_text(value)}" for value in left]
    return f"{text}%!(EXTRA {', '.join(extra)})" if extra else text


def _padded(text: str, flags: str, width: str | None, verb: str) -> str:
    count = int(width or 0)
    if "-" in flags:
        return text.ljust(count)
    if "0" in flags and verb not in "sqv":
        return text.zfill(count)
    return text.rjust(count)


def _shown(verb: str, flags: str, precision: str | None, value: Any) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    sign = "+" if "+" in flags else " " if " " in flags else ""
    alternate = "#" if "#" in flags else ""
    if verb in "eEfFgG" and number:
        points = precision if precision is not None else "" if verb in "gG" else "6"
        form = f"{sign}.{points}{verb}" if points != "" else f"{sign}{verb}"
        return format(float(value), form)
    whole = number and float(value).is_integer()
    if verb == "d" and whole:
        return format(int(value), f"{sign}d")
    if verb in "xXob" and whole:
        return format(int(value), f"{sign}{alternate}{verb}")
    if verb in "xX" and isinstance(value, str):
        text = value.encode().hex()
        return text.upper() if verb == "X" else text
    if verb == "q" and isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if verb == "t" and isinstance(value, bool):
        return _text(value)
    if verb in "sv" and (verb == "v" or not number):
        text = _text(value)
        return text[: int(precision)] if precision is not None else text
    return f"%!{verb}({_type(value)}={_text(value)})"


def _type(value: Any) -> str:
    kinds = {bool: "bool", int: "int", float: "float64", str: "string"}
    return kinds.get(type(value), "ast.Value")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(json.dumps(each) for each in _plain(value)) + "}"
    return json.dumps(_plain(value), ensure_ascii=False)


_OWN: dict[str, tuple[int, Callable[..., Any]]] = {
    "sprintf": (2, _sprintf),
    "crypto.md5": (1, _digest("md5")),
    "crypto.sha1": (1, _digest("sha1")),
    "crypto.sha256": (1, _digest("sha256")),
    "crypto.hmac.sha256": (2, _hmac("sha256")),
    "crypto.hmac.sha512": (2, _hmac("sha512")),
    "crypto.hmac.equal": (2, hmac.compare_digest),
    "http.send": (1, _no_network),
    "opa.runtime": (0, _no_runtime),
}
