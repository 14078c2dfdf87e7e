"""公开信标 a beacon publishes a random number every few seconds, signed, so that nobody knows it before and nobody can change it.

drand's chain "quicknet" (League of Entropy): round r is due at genesis + (r - 1) × period; its signature is a BLS signature over
SHA-256(r as 8 bytes) under the chain's public key (scheme bls-unchained-g1-rfc9380), its randomness SHA-256(signature).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from qianshao.base.policy.rules.refusal import Refusal

_TAG = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


@dataclass(frozen=True, slots=True)
class Chain:
    """信标链: its name is the hash that drand gives it. `trusted`: whether a draw of real life may rest on it."""

    name: str
    public_key: str
    genesis: int
    period: int
    trusted: bool

    def round_at(self, moment: datetime) -> int:
        """The first round that is due after a moment."""
        return max(1, int(moment.timestamp() - self.genesis) // self.period + 2)

    def due(self, number: int) -> datetime:
        """When a round is published."""
        return datetime.fromtimestamp(self.genesis, UTC) + timedelta(seconds=(number - 1) * self.period)


QUICKNET = Chain(
    name="52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    public_key="83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec7"
    "58c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis=1692803367,
    period=3,
    trusted=True,
)
_SAMPLE_KEY = Scalar(20260101)
SAMPLE = Chain(
    name=hashlib.sha256(b"qianshao sample beacon").hexdigest(),
    public_key=(G2Point() * _SAMPLE_KEY).to_compressed_bytes().hex(),
    genesis=QUICKNET.genesis,
    period=QUICKNET.period,
    trusted=False,
)
"""The chain of the shipped fake: anybody knows its key, so every verifier says that nothing may rest on it."""
CHAINS = {one.name: one for one in (QUICKNET, SAMPLE)}


@dataclass(frozen=True, slots=True)
class Beacon:
    """一轮信标 as a relay hands it out."""

    round: int
    randomness: str
    signature: str


class Relay(Protocol):
    """信标中继: whoever hands out the rounds of a chain; the real one and the fake are held to the same contract test."""

    @property
    def chain(self) -> Chain:
        """Whose rounds."""

    def beacon(self, number: int, now: datetime) -> dict[str, Any]:
        """A round as JSON. Raises `Refusal` 503 when it cannot be had: not due yet, not reachable, no such answer."""


class SampleRelay:
    """The shipped fake: signs by the sample chain's key, and hands out no round before it is due."""

    chain = SAMPLE

    def beacon(self, number: int, now: datetime) -> dict[str, Any]:
        """A round of the sample chain."""
        if now < self.chain.due(number):
            raise not_to_be_had("该轮尚未产生")
        point = G1Point.hash_to_curve(_message(number), _TAG) * _SAMPLE_KEY
        signature = point.to_compressed_bytes()
        return asdict(Beacon(number, hashlib.sha256(signature).hexdigest(), signature.hex()))


def not_to_be_had(why: str) -> Refusal:
    """信标取不到: the one refusal of every relay."""
    return Refusal(
        "beacon_unreachable",
        f"未能取得信标：{why}。",
        remedy="可从任一中继下载该轮的 JSON 文件后上传。",
        status=503,
    )


def read_beacon(told: Mapping[str, Any]) -> Beacon:
    """信标文件 as any relay gives it: round, randomness, signature. Raises `Refusal` when something is missing or malformed."""
    try:
        number = told["round"]
        randomness, signature = str(told["randomness"]).lower(), str(told["signature"]).lower()
        if type(number) is not int or (len(bytes.fromhex(randomness)), len(bytes.fromhex(signature))) != (
            32,
            48,
        ):
            raise ValueError
    except (KeyError, TypeError, ValueError) as problem:
        raise Refusal(
            "not_a_beacon",
            "这不是信标文件：应为含 round、randomness、signature 的 JSON（quicknet 链）。",
            field="beacon",
            status=422,
        ) from problem
    return Beacon(number, randomness, signature)


def check_beacon(chain: Chain, promised: int, beacon: Beacon, now: datetime) -> None:
    """信标核查: the round is the one promised and due, its number is the hash of its signature, and the signature is the chain's.
    Raises `Refusal` that says which is not so."""
    if beacon.round != promised:
        _refuse("wrong_round", f"承诺使用第 {promised} 轮，文件是第 {beacon.round} 轮。")
    if now < chain.due(promised):
        _refuse("round_not_due", f"第 {promised} 轮尚未产生。")
    if hashlib.sha256(bytes.fromhex(beacon.signature)).hexdigest() != beacon.randomness:
        _refuse("randomness_false", "信标的随机数不是其签名的 SHA-256。")
    if not signed(chain, beacon):
        _refuse("signature_false", "信标的签名不是该链公钥所签。")


def signed(chain: Chain, beacon: Beacon) -> bool:
    """信标签名 verified: e(signature, g2) = e(H(round), public key)."""
    try:
        signature = G1Point.from_compressed_bytes(bytes.fromhex(beacon.signature))
    except ValueError:
        return False
    key = G2Point.from_compressed_bytes(bytes.fromhex(chain.public_key))
    hashed = G1Point.hash_to_curve(_message(beacon.round), _TAG)
    return bool(GT.pairing_check([signature, -hashed], [G2Point(), key]))


def _message(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


def _refuse(code: str, message: str) -> None:
    raise Refusal(code, message, field="beacon", status=422)
