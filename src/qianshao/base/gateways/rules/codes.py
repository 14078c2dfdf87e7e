"""统一社会信用代码 credit codes (GB 32100-2015, with the check digit of GB 11714 inside) and licence numbers, many at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
_STRIDE = 48_271_999  # coprime to 31**6: consecutive businesses get codes that look unrelated
SPACE = 31**6
"""How many codes there are below one kind and district."""


def credit_codes(
    *,
    kinds: npt.NDArray[np.int64],
    districts: npt.NDArray[np.int64],
    serials: npt.NDArray[np.int64],
) -> npt.NDArray[np.bytes_]:
    """Codes of 18 characters as bytes.

    `kinds` the first two characters as a number (91 enterprise, 92 trader, 93 cooperative, 12 public institution, 52
    private non-enterprise), `districts` six-digit codes, `serials` any distinct integers below 31**6. Source: GB 32100-2015,
    GB 11714-1997.
    """
    count = len(serials)
    letters = np.zeros((count, 18), dtype=np.uint8)
    alphabet = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
    letters[:, 0], letters[:, 1] = kinds // 10 + ord("0"), kinds % 10 + ord("0")
    for place in range(6):
        letters[:, 2 + place] = districts // 10 ** (5 - place) % 10 + ord("0")
    mixed = serials.astype(np.int64) * _STRIDE % SPACE
    letters[:, 8], letters[:, 9] = ord("M"), ord("A")
    for place in range(6):
        letters[:, 10 + place] = alphabet[mixed // 31**place % 31]
    letters[:, 16] = _org_letters(letters[:, 8:16])
    values = np.full(256, 0)
    values[alphabet] = np.arange(31)
    total = (values[letters[:, :17]] * _WEIGHTS).sum(axis=1)
    letters[:, 17] = alphabet[(31 - total % 31) % 31]
    return letters.view("S18").ravel()


def _org_letters(eight: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    values = np.zeros(256, dtype=np.int64)
    values[np.frombuffer(_ORG_ALPHABET.encode(), dtype=np.uint8)] = np.arange(36)
    rest = 11 - (values[eight] * _ORG_WEIGHTS).sum(axis=1) % 11
    marks: npt.NDArray[np.uint8] = np.frombuffer(b"0123456789X0", dtype=np.uint8)[rest]
    return marks


def org_letter(eight: str) -> str:
    """组织机构代码校验码: the ninth character of an organisation code (GB 11714-1997)."""
    letters = np.frombuffer(eight.encode(), dtype=np.uint8).reshape(1, 8)
    return chr(int(_org_letters(letters)[0]))


def check_letter(seventeen: str) -> str:
    """The 18th character of a credit code (GB 32100-2015). Raises `ValueError` for a letter outside the alphabet."""
    total = sum(
        ALPHABET.index(letter) * int(weight) for letter, weight in zip(seventeen, _WEIGHTS, strict=True)
    )
    return ALPHABET[(31 - total % 31) % 31]


def pure_check(numbers: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.int64]:
    """The check digit of numbers of `width` digits (GB/T 17710, MOD 11,10), as old registration and licence numbers carry."""
    rest = np.full(len(numbers), 10)
    for place in range(width):
        digit = numbers // 10 ** (width - 1 - place) % 10
        total = (rest + digit) % 10
        rest = np.where(total == 0, 10, total) * 2 % 11
    return (11 - rest) % 10
