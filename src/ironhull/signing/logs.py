"""Transparency logs: whether an entry of Rekor shows a signature, by promise or by proof.

Rekor's promise is a signed entry timestamp over the canonical entry (sigstore/rekor, types.md), its
proof an RFC 6962 inclusion proof up to a checkpoint (C2SP tlog-checkpoint, signed-note) that the
log signed. Nothing is asked over the network.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signing import _crypto, keys
from ironhull.signing._json import decoded, encoded, json_object, mapping, number, rows, text
from ironhull.signing._log_bodies import Signed, body_difference
from ironhull.signing._nouns import LogKey, signature_error
from ironhull.values import dataclass

__all__ = [
    "InclusionProof",
    "LogEntry",
    "LogProof",
    "check_entry",
    "entry_in",
    "entry_of_cosign",
    "read_log_keys",
]

_EM_DASH = "— "


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That leaf `index` of a tree of `size` entries hashes up to `root`; `checkpoint` is a note."""

    index: int
    size: int
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry of a log: `body` as it was hashed, `time` in seconds since 1970 (0: not told)."""

    body: bytes
    time: int
    index: int
    log: bytes
    promise: bytes = b""
    proof: InclusionProof | None = None


@dataclass(frozen=True, slots=True)
class LogProof:
    """What an entry proves: that it is in the log, how, and when (0: not told)."""

    time: int
    index: int
    how: str


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def entry_in(found: Mapping[str, Any], where: str) -> LogEntry:
    """A TransparencyLogEntry of a bundle (sigstore_rekor.proto as JSON); raises SignatureError."""
    said = found.get("inclusionPromise")
    promise = mapping(said, f"{where}: inclusionPromise") if said is not None else {}
    log = mapping(found.get("logId", {}), f"{where}: logId")
    proof = found.get("inclusionProof")
    return LogEntry(
        body=decoded(found.get("canonicalizedBody", ""), f"{where}: canonicalizedBody"),
        time=number(found, "integratedTime", where),
        index=number(found, "logIndex", where),
        log=decoded(log.get("keyId", ""), f"{where}: logId.keyId"),
        promise=decoded(promise.get("signedEntryTimestamp", ""), f"{where}: inclusionPromise"),
        proof=None if proof is None else _proof_in(mapping(proof, f"{where}: proof"), where),
    )


def _proof_in(found: Mapping[str, Any], where: str) -> InclusionProof:
    hashes = found.get("hashes", [])
    if not isinstance(hashes, list) or len(hashes) > LIMITS.log_hashes:
        raise SignatureError(f"{where}: inclusionProof.hashes: at most {LIMITS.log_hashes} hashes")
    said = mapping(found.get("checkpoint", {}), f"{where}: checkpoint")
    return InclusionProof(
        index=number(found, "logIndex", where),
        size=number(found, "treeSize", where),
        root=decoded(found.get("rootHash", ""), f"{where}: rootHash"),
        hashes=tuple(decoded(item, f"{where}: hashes") for item in hashes),
        checkpoint=text(said.get("envelope", ""), f"{where}: checkpoint"),
    )


def entry_of_cosign(data: bytes, where: str) -> LogEntry:
    """An entry as cosign writes it beside signatures (annotation `dev.sigstore.cosign/bundle`)."""
    found = json_object(data, where, LIMITS.signature_payload_bytes)
    payload = mapping(found.get("Payload"), f"{where}: Payload")
    try:
        log = bytes.fromhex(text(payload.get("logID"), f"{where}: logID"))
    except ValueError:
        raise SignatureError(f"{where}: logID is not hexadecimal") from None
    return LogEntry(
        body=decoded(payload.get("body"), f"{where}: body"),
        time=number(payload, "integratedTime", where),
        index=number(payload, "logIndex", where),
        log=log,
        promise=decoded(found.get("SignedEntryTimestamp"), f"{where}: SignedEntryTimestamp"),
    )


def read_log_keys(data: bytes, where: str) -> tuple[LogKey, ...]:
    """The logs of a PEM file of their keys or of a Sigstore trusted root (JSON); at least one.

    Raises SignatureError.
    """
    if data.lstrip()[:1] != b"{":
        found = keys.read_public_keys(data, where)
        return tuple(LogKey(bytes.fromhex(key.id), key) for key in found)
    root = json_object(data, where, LIMITS.trust_root_bytes)
    listed = rows(root.get("tlogs"), f"{where}: tlogs", LIMITS.keys)
    if not listed:
        raise SignatureError(f"{where}: the trusted root names no transparency log")
    return tuple(_log_in(item, f"{where}: tlogs[{place}]") for place, item in enumerate(listed))


def _log_in(item: Mapping[str, Any], where: str) -> LogKey:
    said = mapping(item.get("publicKey"), f"{where}.publicKey")
    valid = mapping(said.get("validFor", {}), f"{where}.validFor")
    der = decoded(said.get("rawBytes"), f"{where}.rawBytes")
    name = text(item.get("baseUrl", ""), f"{where}.baseUrl") or where
    key = keys.key_of_der(
        der,
        name,
        starts=text(valid.get("start", ""), f"{where}.start"),
        ends=text(valid.get("end", ""), f"{where}.end"),
    )
    log = mapping(item.get("logId", {}), f"{where}.logId")
    return LogKey(decoded(log.get("keyId", ""), f"{where}.logId") or bytes.fromhex(key.id), key)


# ── verification ─────────────────────────────────────────────────────────────────────────────────


def check_entry(entry: LogEntry, signed: Signed, logs: Sequence[LogKey], where: str) -> LogProof:
    """That one of `logs` holds `entry`, and it is about `signed`; raises SignatureError (log)."""
    mine = [log for log in logs if log.id == entry.log]
    if not mine:
        name = entry.log.hex()[:16] or "(none)"
        raise signature_error(
            "log",
            f"{where}: its entry is of log {name}, which is not trusted",
            "give the key of that log, or a trusted root that has it",
        )
    if difference := body_difference(entry.body, signed, where):
        raise signature_error("log", f"{where}: the log's entry is of something else: {difference}")
    how = []
    if entry.promise:
        _check_promise(entry, mine, where)
        how.append("signed entry timestamp")
    if entry.proof is not None and entry.proof.checkpoint:
        _check_proof(entry.body, entry.proof, mine, where)
        how.append("inclusion proof")
    if not how:
        raise signature_error("log", f"{where}: the log's entry has neither promise nor proof")
    # only the promise covers the time
    time = entry.time if entry.promise else 0
    _check_valid(mine, time, where)
    return LogProof(time, entry.index, " and ".join(how))


def _check_valid(logs: Sequence[LogKey], time: int, where: str) -> None:
    from ironhull.signing._times import rfc3339, within

    if time and not any(within(rfc3339(time), log.key) for log in logs):
        raise signature_error(
            "expired", f"{where}: the log's key was not valid at {rfc3339(time)}, the entry's time"
        )


def _check_promise(entry: LogEntry, logs: Sequence[LogKey], where: str) -> None:
    said = encoded(
        {
            "body": base64.b64encode(entry.body).decode("ascii"),
            "integratedTime": entry.time,
            "logID": entry.log.hex(),
            "logIndex": entry.index,
        }
    )
    if not any(_crypto.holds(log.key, entry.promise, said) for log in logs):
        raise signature_error(
            "log", f"{where}: the signed entry timestamp is not the log's, or of another entry"
        )


def _check_proof(body: bytes, proof: InclusionProof, logs: Sequence[LogKey], where: str) -> None:
    import hashlib

    leaf = hashlib.sha256(b"\0" + body).digest()
    root = _root(leaf, proof)
    if root is None or root != proof.root:
        raise signature_error("log", f"{where}: the inclusion proof does not lead to its root")
    size, said = _checkpoint(proof.checkpoint, logs, where)
    if size != proof.size or said != proof.root:
        raise signature_error("log", f"{where}: the log's checkpoint is of another tree")


def _root(leaf: bytes, proof: InclusionProof) -> bytes | None:
    """The root that the proof leads to (RFC 9162, section 2.1.3.2); None where it does not fit."""
    import hashlib

    if proof.index >= proof.size:
        return None
    node, last, found = proof.index, proof.size - 1, leaf
    for other in proof.hashes:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = hashlib.sha256(b"\1" + other + found).digest()
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + other).digest()
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


def _checkpoint(note: str, logs: Sequence[LogKey], where: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint, if one of `logs` signed it."""
    body, separator, signatures = note.rpartition("\n\n")
    lines = body.split("\n")
    if not separator or len(lines) < 3 or not (lines[1].isascii() and lines[1].isdigit()):
        raise signature_error("log", f"{where}: the log's checkpoint cannot be read")
    message = (body + "\n").encode("utf-8", "surrogatepass")
    for line in signatures.split("\n")[: LIMITS.keys]:
        if not line.startswith(_EM_DASH):
            continue
        made = decoded(line.rpartition(" ")[2], f"{where}: checkpoint")[4:]  # after the key's hint
        if any(_crypto.holds(log.key, made, message) for log in logs):
            return int(lines[1][:20]), decoded(lines[2], f"{where}: checkpoint")
    raise signature_error("log", f"{where}: the log's checkpoint is not signed by the log")
