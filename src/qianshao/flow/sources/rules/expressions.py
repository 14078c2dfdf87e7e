"""读数 how one value of each type is read, written once as SQL over columns of text.

Each type gives two expressions over the cleaned text `c`: the value, and whether the text is wrong. The same expressions
read a million rows of a delivery and the one row a person corrected.
"""

from __future__ import annotations

from dataclasses import dataclass

from qianshao.flow.sources.rules.mapping import Column

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CODE_SHAPE = "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"
WEST, SOUTH, EAST, NORTH = 112.38, 22.63, 113.42, 23.60
"""The box around the city (degrees); the districts' polygons lie inside it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """SQL of one column: its value, the condition under which it is wrong, why, and the words for people."""

    value: str
    wrong: str
    reason: str
    message: str


_UNSEEN = "".join(
    map(chr, (0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
"""Letters of no width and those that turn the line round: they come by pasting, and hide a name from whoever looks for it."""


def clean(title: str) -> str:
    """Text without full-width digits, unseen letters and stray spaces: those at the ends, and between Chinese characters."""
    name = _quoted(title)
    half = f"translate({name}, '０１２３４５６７８９　{_UNSEEN}', '0123456789 ')"
    return (
        f"CASE WHEN {name} SIMILAR TO '[!-~]*' THEN {name} ELSE "
        f"trim(regexp_replace({half}, '([^ -~]) +([^ -~])', '\\1\\2', 'g')) END"
    )


def reading(column: Column, cell: str, today: str) -> Reading:
    """The reading of a column whose cleaned text is the SQL expression `cell`; `today` as YYYY-MM-DD."""
    readers = {
        "text": _text,
        "credit_code": _credit_code,
        "date": _date,
        "number": _number,
        "integer": _integer,
        "longitude": _longitude,
        "latitude": _latitude,
        "code": _code,
        "station": _station,
        "list": _list,
        "bool": _bool,
    }
    found = readers[column.type](column, cell, today)
    if not column.required:
        return Reading(found.value, f"({cell} <> '' AND ({found.wrong}))", found.reason, found.message)
    return found


def _text(column: Column, cell: str, _: str) -> Reading:
    limit = f"length({cell}) > {column.max}" if column.max else "false"
    return Reading(cell, limit, "too_long", f"“{column.title}”超过 {column.max} 字")


def _credit_code(column: Column, cell: str, _: str) -> Reading:
    code = f"upper({cell})"
    shape = f"NOT regexp_full_match({code}, '{_CODE_SHAPE}')"
    check = f"(31 - {_weighted(code, ALPHABET, [pow(3, place, 31) for place in range(17)])} % 31) % 31"
    wrong_check = f"strpos('{ALPHABET}', substr({code}, 18, 1)) - 1 <> {check}"
    org = f"(11 - {_weighted(f'substr({code}, 9, 8)', _ORG_ALPHABET, _ORG_WEIGHTS)} % 11)"
    wrong_org = f"substr({code}, 17, 1) <> CASE {org} WHEN 10 THEN 'X' WHEN 11 THEN '0' ELSE CAST({org} AS VARCHAR) END"
    wrong = f"({shape}) OR (({wrong_check}) OR ({wrong_org}))"
    return Reading(
        code, wrong, "bad_credit_code", f"“{column.title}”不是有效的统一社会信用代码（校验位不符）"
    )


def _weighted(text: str, alphabet: str, weights: tuple[int, ...] | list[int]) -> str:
    terms = (
        f"(strpos('{alphabet}', substr({text}, {place}, 1)) - 1) * {weight}"
        for place, weight in enumerate(weights, start=1)
    )
    return "(" + " + ".join(terms) + ")"


def _date(column: Column, cell: str, today: str) -> Reading:
    plain = (
        f"CASE WHEN regexp_full_match({cell}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN {cell} "
        f"WHEN regexp_full_match({cell}, '[0-9]{{8}}') THEN substr({cell},1,4)||'-'||substr({cell},5,2)||'-'||substr({cell},7,2) "
        f"WHEN regexp_full_match({cell}, '[0-9]{{5}}') THEN CAST(DATE '1899-12-30' + CAST({cell} AS INTEGER) AS VARCHAR) "
        f"ELSE regexp_replace({cell}, '^([0-9]{{4}})[年/.-]([0-9]{{1,2}})[月/.-]([0-9]{{1,2}})日?( .*)?$', '\\1-\\2-\\3') END"
    )
    value = f"try_cast({plain} AS DATE)"
    latest = f"DATE '{today}' + 18300" if column.future else f"DATE '{today}'"
    wrong = f"{value} IS NULL OR {value} < DATE '1900-01-01' OR {value} > {latest}"
    return Reading(value, wrong, "bad_date", f"“{column.title}”不是有效日期，或晚于今天")


def _number(column: Column, cell: str, _: str) -> Reading:
    value = f"try_cast(replace({cell}, ',', '') AS DOUBLE)"
    return Reading(
        value,
        f"{value} IS NULL OR {value} < 0 OR NOT isfinite({value})",
        "bad_number",
        f"“{column.title}”不是有效数字",
    )


def _integer(column: Column, cell: str, _: str) -> Reading:
    value = f"try_cast({cell} AS INTEGER)"
    return Reading(value, f"{value} IS NULL OR {value} < 0", "bad_number", f"“{column.title}”不是有效整数")


def _longitude(column: Column, cell: str, _: str) -> Reading:
    return _coordinate(column, cell, WEST, EAST)


def _latitude(column: Column, cell: str, _: str) -> Reading:
    return _coordinate(column, cell, SOUTH, NORTH)


def _coordinate(column: Column, cell: str, low: float, high: float) -> Reading:
    value = f"try_cast({cell} AS DOUBLE)"
    wrong = f"{value} IS NULL OR NOT ({value} BETWEEN {low} AND {high})"
    return Reading(value, wrong, "outside_city", f"“{column.title}”不在本市范围内（经纬度是否填反？）")


def _code(column: Column, cell: str, _: str) -> Reading:
    whens = " ".join(f"WHEN {_text_literal(key)} THEN {_text_literal(value)}" for key, value in column.codes)
    value = f"CASE {cell} {whens} END"
    words = "、".join(key for key, _ in column.codes)
    return Reading(value, f"{value} IS NULL", "unknown_code", f"“{column.title}”应为：{words}"[:280])


def _station(column: Column, cell: str, _: str) -> Reading:
    value = f"substr({cell}, 1, 9)"
    wrong = f"NOT list_contains((SELECT list(code) FROM stations), {value})"
    return Reading(value, wrong, "unknown_station", f"“{column.title}”不是本市镇街代码")


def _list(column: Column, cell: str, _: str) -> Reading:
    parts = f"list_filter(string_split({cell}, {_text_literal(column.separator)}), lambda x: trim(x) <> '')"
    quoted = f"list_transform({parts}, lambda x: '\"' || replace(replace(trim(x), '\\', '\\\\'), '\"', '\\\"') || '\"')"
    return Reading(f"'{{' || array_to_string({quoted}, ',') || '}}'", "false", "bad_list", "")


def _bool(column: Column, cell: str, _: str) -> Reading:
    value = (
        f"CASE {cell} WHEN '是' THEN true WHEN '有' THEN true WHEN '否' THEN false WHEN '无' THEN false END"
    )
    return Reading(value, f"{value} IS NULL", "unknown_code", f"“{column.title}”应为：是、否")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
