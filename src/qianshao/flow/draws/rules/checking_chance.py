"""核验随机来源: hash, commitment, persons, and the round of a public beacon; shares nothing with the code that draws."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from py_arkworks_bls12381 import GT, G1Point, G2Point

_QUICKNET = {
    "chain": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    "key": "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec7"
    "58c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
}
_GENESIS, _PERIOD = datetime.fromtimestamp(1692803367, UTC), timedelta(seconds=3)
_TAG = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
Fault = Callable[[str], None]


class Sums:
    """散列 of the announcement's own algorithm: `sha256`, as every one before it was named, or `sm3`. `KeyError` for another."""

    def __init__(self, name: str) -> None:
        if name not in {"sha256", "sm3"}:
            raise KeyError(name)
        self._native = name == "sha256" or name in hashlib.algorithms_available
        self._name = name

    def of(self, data: bytes) -> bytes:
        """The hash of some bytes."""
        if self._name == "sha256":
            return hashlib.sha256(data).digest()
        if self._native:
            return hashlib.new(self._name, data).digest()
        whole = hashes.Hash(hashes.SM3())
        whole.update(data)
        return whole.finalize()

    def each(self, prefix: bytes, messages: list[bytes]) -> Iterator[bytes]:
        """The hash of prefix ‖ message for every message."""
        if not self._native:
            yield from (self.of(prefix + one) for one in messages)
            return
        begun = hashlib.new(self._name, prefix)
        for one in messages:
            own = begun.copy()
            own.update(one)
            yield own.digest()


def check_chance(told: dict[str, Any], list_hash: str, sums: Sums, fault: Fault) -> bytes:
    """The final seed, after whether it may be believed; whatever is wrong goes to `fault` in words."""
    beacon = told.get("beacon")
    named = [f"drand {beacon['chain']} {beacon['round']}"] if beacon else []
    whole = "\n".join(["qianshao-draw/1", "commit", list_hash, told["seed"], *named])
    if sums.of(whole.encode()).hex() != told["commitment"]:
        fault("种子与承诺不符：公布的种子、轮次或名单不是承诺时的那一个。")
    committed, drawn = datetime.fromisoformat(told["committed_at"]), datetime.fromisoformat(told["drawn_at"])
    if drawn <= committed:
        fault("抽取时间不晚于承诺时间。")
    if len(set(told["entered_by"])) != 2:
        fault("公开随机数应由两名不同的人员录入。")
    if beacon:
        _check_beacon(beacon, told["public"], committed, drawn, fault)
    whole = f"qianshao-draw/1\nseed\n{list_hash}\n{told['seed']}\n{told['public']}"
    return sums.of(whole.encode())


def _check_beacon(
    beacon: dict[str, Any], public: str, committed: datetime, drawn: datetime, fault: Fault
) -> None:
    signature = bytes.fromhex(beacon["signature"])
    if public != beacon["randomness"] or hashlib.sha256(signature).hexdigest() != public:
        fault("公开随机数不是信标签名的 SHA-256。")
    if beacon["chain"] != _QUICKNET["chain"]:
        fault("信标不是公认的 drand quicknet 链，不能作为公开随机数。")
        return
    if not _signed(beacon["round"], signature):
        fault("信标的签名不是该链公钥所签。")
    due = _GENESIS + (beacon["round"] - 1) * _PERIOD
    if not committed < due <= drawn:
        fault(f"信标第 {beacon['round']} 轮产生于 {due.isoformat()}，不在承诺之后、抽取之前。")


def _signed(number: int, signature: bytes) -> bool:
    try:
        point = G1Point.from_compressed_bytes(signature)
    except ValueError:
        return False
    hashed = G1Point.hash_to_curve(hashlib.sha256(number.to_bytes(8, "big")).digest(), _TAG)
    key = G2Point.from_compressed_bytes(bytes.fromhex(_QUICKNET["key"]))
    return bool(GT.pairing_check([point, -hashed], [G2Point(), key]))
