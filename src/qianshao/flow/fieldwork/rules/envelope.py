"""信封 what the phone hands in: its shape, its hash, and the checks that need nothing but the envelope itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import rfc8785
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from qianshao.base.policy.rules.refusal import Refusal

SCHEMA_VERSION = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CLOCK_TOLERANCE = timedelta(days=3)
_OLDEST_MOMENT = datetime(2020, 1, 1, tzinfo=UTC)
_NEWEST_MOMENT = datetime(2100, 1, 1, tzinfo=UTC)

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Conclusion = Literal[
    "no_problem", "corrected_on_site", "order_to_rectify", "not_operating", "refused", "not_found"
]


class EnvelopeHead(BaseModel):
    """信封头: what every version of the envelope carries; a newer version is kept for a person, never dropped."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    schema_version: int = Field(ge=1, le=32_767)
    kind: str = Field(min_length=1, max_length=20)
    device_id: str = Field(pattern=r"^[0-9A-Za-z-]{8,64}$")
    device_seq: int = Field(ge=1, le=2**53 - 1)
    base_version: int = Field(ge=0, le=2**31 - 1)
    visit_id: int = Field(ge=1, le=2**53 - 1)
    body_sha256: Sha256


class Answer(BaseModel):
    """检查项结果 of one item of one obligation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    obligation_id: int = Field(ge=1, le=2**53 - 1)
    duty_code: str = Field(max_length=40)
    item_code: str = Field(max_length=60)
    outcome: Literal["pass", "fail", "na"]
    note: str = Field(default="", max_length=2000)
    attachments: list[Sha256] = Field(default_factory=list, max_length=20)


class Signatures(BaseModel):
    """签名 as pictures, named by their hashes; the party may refuse, with the reason noted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    officer: Sha256
    second_officer: Sha256 | None = None
    party: Sha256 | None = None
    party_refused_reason: str = Field(default="", max_length=200)


class Position(BaseModel):
    """位置, only when the officer chose to give it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    accuracy: float = Field(ge=0, le=1e6)


class Envelope(EnvelopeHead):
    """现场检查信封, version 1."""

    model_config = ConfigDict(extra="forbid")

    begun_at: AwareDatetime
    finished_at: AwareDatetime
    conclusion: Conclusion
    note: str = Field(default="", max_length=4000)
    results: list[Answer] = Field(max_length=2000)
    signatures: Signatures
    position: Position | None = None


def canonical_sha256(envelope: Mapping[str, Any]) -> str:
    """内容散列: SHA-256 of the envelope without `body_sha256` as canonical JSON (RFC 8785)."""
    return hashlib.sha256(
        rfc8785.dumps({key: value for key, value in envelope.items() if key != "body_sha256"})
    ).hexdigest()


def read_head(raw: Mapping[str, Any]) -> EnvelopeHead:
    """读信封头. Raises `Refusal` 422 for a damaged body, an id that is no UUIDv7, or characters nobody can type."""
    try:
        head = EnvelopeHead.model_validate(raw)
        actual = canonical_sha256(raw)
    except ValidationError as wrong:
        raise _malformed(wrong) from wrong
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as wrong:
        raise Refusal(
            "envelope_unreadable", "提交内容含有无法识别的字符或数值，未接收。", status=422
        ) from wrong
    if head.id.version != 7:
        raise Refusal("id_not_uuid7", "提交编号应为 UUIDv7。", field="id", status=422)
    if actual != head.body_sha256:
        raise Refusal(
            "body_damaged",
            "提交内容与其散列不符，可能在传输中损坏，请重新发送。",
            remedy="手机会自动重发，原记录仍保存在手机中。",
            field="body_sha256",
            status=422,
        )
    if _holds_nul(raw):
        raise Refusal("envelope_unreadable", "提交内容含有空字符（NUL），未接收。", status=422)
    return head


def read_envelope(raw: Mapping[str, Any]) -> Envelope:
    """读信封 of version 1. Raises `Refusal` 422 that names the field."""
    try:
        envelope = Envelope.model_validate(raw)
    except ValidationError as wrong:
        raise _malformed(wrong) from wrong
    moments = (envelope.begun_at, envelope.finished_at)
    if any(not _OLDEST_MOMENT <= moment < _NEWEST_MOMENT for moment in moments):
        raise Refusal("moment_implausible", "检查时间不合理，请检查手机时钟。", field="begun_at", status=422)
    if envelope.finished_at < envelope.begun_at:
        raise Refusal("ends_before_begin", "检查结束时间早于开始时间。", field="finished_at", status=422)
    return envelope


def named_attachments(raw: Any) -> list[str]:
    """附件 hashes that an envelope of any version names, signatures included, each once, in order."""
    found: dict[str, None] = {}

    def walk(value: Any, name: str) -> None:
        if isinstance(value, str) and name not in {"body_sha256", "note"} and _SHA256.fullmatch(value):
            found[value] = None
        elif isinstance(value, Mapping):
            for key, part in value.items():
                walk(part, str(key))
        elif isinstance(value, list):
            for part in value:
                walk(part, name)

    walk(raw, "")
    return list(found)


def done_day(received_on: date, local_finished_on: date) -> date:
    """完成日: the phone's day where it is believable (up to three days before receipt), else the day of receipt."""
    earliest = received_on - _CLOCK_TOLERANCE
    return local_finished_on if earliest <= local_finished_on <= received_on else received_on


def _malformed(wrong: ValidationError) -> Refusal:
    fields = [".".join(str(part) for part in error["loc"]) for error in wrong.errors()[:5]]
    return Refusal(
        "envelope_malformed",
        f"提交格式有误：{'、'.join(fields)}。",
        field=fields[0] if fields else None,
        status=422,
    )


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_holds_nul(item) for item in value)
