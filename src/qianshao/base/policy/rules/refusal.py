"""系统说不：why, under which article, and what to do. The one shape of every refusal of the domain."""

from __future__ import annotations


class Refusal(Exception):
    """拒绝 an act that the law or the state of things does not allow.

    `code` is for programs, `message` (Chinese) for people, `basis` the article, `remedy` what to do next,
    `field` the input concerned, `status` the HTTP status, `retry_after` seconds to wait where waiting helps.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        basis: str = "",
        remedy: str = "",
        status: int = 409,
        field: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.basis = basis
        self.remedy = remedy
        self.status = status
        self.field = field
        self.retry_after = retry_after
