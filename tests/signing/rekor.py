"""A transparency log as tests need one: it signs entries, proves them, and answers cosign."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ironhull.signing import PrivateKey, PublicKey, generate_key, sign, write_public_key
from ironhull.signing.envelopes import envelope_in, pae

TIME = 1_767_225_600  # 2026-01-01T00:00:00Z


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hashedrekord(message: bytes, signature: bytes, pem: bytes) -> dict[str, Any]:
    return {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": sha256(message).hex()}},
            "signature": {"content": b64(signature), "publicKey": {"content": b64(pem)}},
        },
    }


def dsse(envelope: dict[str, Any], pem: bytes) -> dict[str, Any]:
    read = envelope_in(envelope, "test")
    made = [{"signature": b64(sig), "verifier": b64(pem)} for _, sig in read.signatures]
    whole = sha256(canonical(envelope)).hex()
    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": {"algorithm": "sha256", "value": whole},
            "payloadHash": {"algorithm": "sha256", "value": sha256(read.payload).hex()},
            "signatures": made,
        },
    }


def dsse_v2(envelope: dict[str, Any], der: bytes) -> dict[str, Any]:
    read = envelope_in(envelope, "test")
    message = pae(read.payload_type, read.payload)
    verifier = {"publicKey": {"rawBytes": b64(der)}, "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
    inner = {
        "data": {"algorithm": "SHA2_256", "digest": b64(sha256(message))},
        "signature": {"content": b64(read.signatures[0][1]), "verifier": verifier},
    }
    return {"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": inner}}


@dataclass
class Log:
    """Leaves as they come; `time` is when the next entry is integrated."""

    key: PrivateKey = field(default_factory=generate_key)
    time: int = TIME
    leaves: list[bytes] = field(default_factory=list)

    @property
    def public(self) -> PublicKey:
        return self.key.public

    @property
    def id(self) -> bytes:
        return bytes.fromhex(self.key.public.id)

    def add(self, body: dict[str, Any]) -> int:
        """Append an entry; gives its index."""
        self.leaves.append(canonical(body))
        return len(self.leaves) - 1

    def promise(self, index: int) -> bytes:
        said = {
            "body": b64(self.leaves[index]),
            "integratedTime": self.time,
            "logID": self.id.hex(),
            "logIndex": index,
        }
        return sign(self.key, canonical(said))

    def root(self) -> bytes:
        return _tree([sha256(b"\0" + leaf) for leaf in self.leaves])

    def path(self, index: int) -> list[bytes]:
        return _path([sha256(b"\0" + leaf) for leaf in self.leaves], index)

    def checkpoint(self) -> str:
        body = f"log.test - 1\n{len(self.leaves)}\n{b64(self.root())}\n"
        made = self.id[:4] + sign(self.key, body.encode())
        return f"{body}\n— log.test {b64(made)}\n"

    def cosign(self, index: int) -> str:
        """As cosign's annotation holds an entry."""
        payload = {
            "body": b64(self.leaves[index]),
            "integratedTime": self.time,
            "logIndex": index,
            "logID": self.id.hex(),
        }
        return json.dumps({"SignedEntryTimestamp": b64(self.promise(index)), "Payload": payload})

    def entry(self, index: int, *, promise: bool = True, proof: bool = True) -> dict[str, Any]:
        """As a bundle holds it."""
        body = json.loads(self.leaves[index])
        found: dict[str, Any] = {
            "logIndex": str(index),
            "logId": {"keyId": b64(self.id)},
            "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
            "integratedTime": str(self.time),
            "canonicalizedBody": b64(self.leaves[index]),
        }
        if promise:
            found["inclusionPromise"] = {"signedEntryTimestamp": b64(self.promise(index))}
        if proof:
            found["inclusionProof"] = {
                "logIndex": str(index),
                "rootHash": b64(self.root()),
                "treeSize": str(len(self.leaves)),
                "hashes": [b64(item) for item in self.path(index)],
                "checkpoint": {"envelope": self.checkpoint()},
            }
        return found

    def answer(self, proposed: dict[str, Any]) -> dict[str, Any]:
        """As Rekor's API answers who adds an entry."""
        if proposed["kind"] == "dsse":
            content = proposed["spec"]["proposedContent"]
            pem = base64.b64decode(content["verifiers"][0])
            index = self.add(dsse(json.loads(content["envelope"]), pem))
        else:
            index = self.add(proposed)
        proof = {
            "checkpoint": self.checkpoint(),
            "hashes": [item.hex() for item in self.path(index)],
            "logIndex": index,
            "rootHash": self.root().hex(),
            "treeSize": len(self.leaves),
        }
        found = {
            "body": b64(self.leaves[index]),
            "integratedTime": self.time,
            "logID": self.id.hex(),
            "logIndex": index,
            "verification": {
                "signedEntryTimestamp": b64(self.promise(index)),
                "inclusionProof": proof,
            },
        }
        return {sha256(b"\0" + self.leaves[index]).hex(): found}


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    at = _split(len(leaves))
    return sha256(b"\1" + _tree(leaves[:at]) + _tree(leaves[at:]))


def _path(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    at = _split(len(leaves))
    if index < at:
        return [*_path(leaves[:at], index), _tree(leaves[at:])]
    return [*_path(leaves[at:], index - at), _tree(leaves[:at])]


@contextmanager
def serving(log: Log) -> Iterator[str]:
    """The log's API on 127.0.0.1; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            data = json.dumps(log.answer(json.loads(self.rfile.read(length)))).encode()
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            data = write_public_key(log.public)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-pem-file")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
