"""散列 SHA-256 or SM3 (GB/T 32905), one of the two for the whole of a draw."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol

from cryptography.hazmat.primitives import hashes

from qianshao.base.policy.rules.refusal import Refusal

SHA256, SM3 = "sha256", "sm3"
HASHES = {SHA256: "SHA-256", SM3: "SM3"}


class Hasher(Protocol):
    """What `hashlib` gives."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...
    def copy(self) -> Hasher: ...


class _Sm3:
    """SM3 where the machine's own OpenSSL was built without it."""

    def __init__(self, inner: hashes.Hash | None = None) -> None:
        self._inner = inner or hashes.Hash(hashes.SM3())

    def update(self, data: bytes, /) -> None:
        self._inner.update(data)

    def digest(self) -> bytes:
        return self._inner.copy().finalize()

    def copy(self) -> _Sm3:
        return _Sm3(self._inner.copy())


def hasher(name: str, data: bytes = b"") -> Hasher:
    """A hash begun with `data`. Raises `Refusal` for a name that is neither."""
    if name == SHA256:
        return hashlib.sha256(data)
    if name not in HASHES:
        raise Refusal("unknown_hash", f"散列算法“{name}”应为 sha256 或 sm3。", field="hash", status=422)
    begun: Hasher = hashlib.new(name) if name in hashlib.algorithms_available else _Sm3()
    begun.update(data)
    return begun


def digests(name: str, prefix: bytes, messages: Iterable[bytes]) -> Iterable[bytes]:
    """The hash of `prefix ‖ message` for each message; the prefix is taken in once."""
    begun = hasher(name, prefix)
    for one in messages:
        own = begun.copy()
        own.update(one)
        yield own.digest()
