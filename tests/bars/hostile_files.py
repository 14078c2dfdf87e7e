"""Files nobody should be able to hurt us with, each made here and each with the verdict it must get.

A verdict is either the code of a refusal, with the row it names, or how many rows come in and the reasons of those kept apart.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

TEXT_HEADER = (
    "统一社会信用代码,名称,主体类型,法定代表人（经营者）,成立日期,注册资本（万元）,行业门类,行业代码,经营范围,住所,镇街代码,"
    "村居代码,经度,纬度,联系电话,登记状态,核准日期"
)
ROW_A = (
    "91440300708461136T,佛山市好味来食品有限公司,企业,陈志强,2010-05-06,100,C,1411,食品生产,大良街道新宁路1号,440606005,"
    "440606005001,113.25,22.84,138****0001,存续,2024-01-02"
)
ROW_B = ROW_A.replace("91440300708461136T", "91310115086217015E").replace("好味来", "更好味")
OFFICER_HEADER = (
    ("执法证号", "姓名", "所属机构", "", "职务", "执法资格", "", "是否辅助人员"),
    ("", "", "名称", "代码", "", "资质", "证件有效期", ""),
)
OFFICER_A = ("19060600001", "陈志强", "大良所", "440606005", "所长", "食品", "2028-06-30", "否")
OFFICER_B = ("19060600002", "李小燕", "大良所", "440606005", "科员", "特种设备", "2027-06-30", "否")


@dataclass(frozen=True)
class Hostile:
    """A file's name, its making, and the verdict: a refusal (code, row) or rows that came in and reasons of those kept apart."""

    title: str
    name: str
    content: Callable[[], bytes]
    refused: tuple[str, int | None] | None = None
    loaded: int = 0
    kept: tuple[str, ...] = ()
    holds: str = ""
    """A text that must stand among the typed rows."""


def sheet_xml(
    rows: list[tuple[str, ...]], *, dimension: str = "", cells: dict[str, str] | None = None
) -> str:
    """A worksheet with texts inline; `cells` replaces whole cells by their XML."""
    lines = []
    for number, row in enumerate(rows, start=1):
        parts = []
        for place, text in enumerate(row):
            where = f"{chr(65 + place)}{number}"
            own = (cells or {}).get(where)
            if own is not None:
                parts.append(own)
            elif text:
                parts.append(f'<c r="{where}" t="inlineStr"><is><t>{escape(text)}</t></is></c>')
        lines.append(f'<row r="{number}">{"".join(parts)}</row>')
    head = f'<dimension ref="{dimension}"/>' if dimension else ""
    return _worksheet(head, "".join(lines))


def _worksheet(head: str, rows: str, tail: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"{head}<sheetData>{rows}</sheetData>{tail}</worksheet>"
    )


@dataclass
class Book:
    """A workbook put together part by part."""

    sheets: list[str]
    states: list[str] = field(default_factory=list)
    properties: str = ""
    parts: list[tuple[str, bytes]] = field(default_factory=list)

    def content(self) -> bytes:
        relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        package = "http://schemas.openxmlformats.org/package/2006"
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        states = self.states or ["visible"] * len(self.sheets)
        numbers = range(1, len(self.sheets) + 1)
        listed = "".join(
            f'<sheet name="表{number}" sheetId="{number}" state="{states[number - 1]}" r:id="rId{number}"/>'
            for number in numbers
        )
        links = "".join(
            f'<Relationship Id="rId{number}" Type="{relations}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        types = "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}.worksheet+xml"/>'
            for number in numbers
        )
        texts = {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels"'
            f' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml"'
            f' ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{types}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1"'
            f' Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}">{self.properties}<sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        }
        texts |= {f"xl/worksheets/sheet{number}.xml": self.sheets[number - 1] for number in numbers}
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
            for name, more in self.parts:
                archive.writestr(name, more)
        return held.getvalue()


def officers(*rows: tuple[str, ...], dimension: str = "", cells: dict[str, str] | None = None) -> str:
    listed = [("行政执法人员名册",), *OFFICER_HEADER, *(rows or (OFFICER_A, OFFICER_B))]
    return sheet_xml(listed, dimension=dimension, cells=cells)


def good_book() -> bytes:
    return Book([officers()]).content()


def text(*rows: str, encoding: str = "gb18030", header: str = TEXT_HEADER, end: str = "\n") -> bytes:
    return (end.join([header, *(rows or (ROW_A, ROW_B))]) + end).encode(encoding)


def bomb() -> bytes:
    """A hundred kilobytes that unpack to sixty megabytes."""
    return Book([officers()], parts=[("xl/media/picture.xml", b" " * 60_000_000)]).content()


def lying_directory() -> bytes:
    """The directory says the sheet is 20 bytes long; it is not."""
    content = bytearray(good_book())
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    content[place + 24 : place + 28] = (20).to_bytes(4, "little")
    return bytes(content)


def twice_the_same_name() -> bytes:
    with warnings.catch_warnings(action="ignore"):
        return Book(
            [officers()], parts=[("xl/worksheets/sheet1.xml", officers(OFFICER_A).encode())]
        ).content()


def wide() -> bytes:
    cells = "".join(f'<c r="{letters(place)}3" t="n"><v>1</v></c>' for place in range(1, 16_385))
    return Book([_worksheet("", f'<row r="3">{cells}</row>')]).content()


def letters(number: int) -> str:
    named = ""
    while number:
        number, rest = divmod(number - 1, 26)
        named = chr(65 + rest) + named
    return named


def a_million_empty_rows() -> bytes:
    """Somebody formatted whole columns: a row element for each of Excel's rows, two of them with anything in it."""
    filled = officers().partition("<sheetData>")[2].partition("</sheetData>")[0]
    empty = "".join(
        f'<row r="{number}" s="1" customFormat="1"><c r="A{number}" s="1"/></row>'
        for number in range(6, 200_000)
    )
    return Book([_worksheet('<dimension ref="A1:H1048576"/>', filled + empty)]).content()


def with_declaration(declared: str, used: str) -> bytes:
    sheet = officers((*OFFICER_A[:1], "NAME", *OFFICER_A[2:])).replace("NAME", used)
    return Book([sheet.replace("<worksheet", f"<!DOCTYPE worksheet [{declared}]><worksheet", 1)]).content()


def laughs() -> bytes:
    layers = "".join(
        f'<!ENTITY l{depth} "{"&l" + str(depth - 1) + ";" if depth else "ha"}{"&l" + str(depth - 1) + ";" if depth else ""}">'
        for depth in range(30)
    )
    return with_declaration(layers, "&l29;")


def other_archive(first: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(first, "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content/>")
    return held.getvalue()


def merged_in_the_body() -> bytes:
    sheet = officers(OFFICER_A, ("19060600002", "", *OFFICER_B[2:]))
    return Book(
        [sheet.replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="B4:B5"/></mergeCells>')]
    ).content()


def cell(where: str, words: str) -> dict[str, str]:
    return {where: words.replace("HERE", where)}


TEXTS = [
    Hostile("utf-8", "a.csv", lambda: text(encoding="utf-8"), loaded=2, holds="好味来"),
    Hostile("utf-8 with mark", "a.csv", lambda: text(encoding="utf-8-sig"), loaded=2, holds="好味来"),
    Hostile("utf-16 with mark", "a.csv", lambda: text(encoding="utf-16"), loaded=2, holds="好味来"),
    Hostile("gbk", "a.csv", lambda: text(encoding="gbk"), loaded=2, holds="好味来"),
    Hostile("letters of four bytes", "a.csv", lambda: text(ROW_A.replace("陈志强", "䶮㙟𠮷")), loaded=1, holds="䶮㙟𠮷"),
    Hostile("big5", "a.csv", lambda: text("1,2", header="統一社會信用代碼,名稱", encoding="big5"), refused=("wrong_columns", 1)),
    Hostile("utf-16 without mark", "a.csv", lambda: text(encoding="utf-16-le"), refused=("nul", 1)),
    Hostile(
        "two encodings in one file",
        "a.csv",
        lambda: text(ROW_A) + (ROW_B + "\n").encode(),
        refused=("mixed_encodings", 3),
    ),
    Hostile("a byte of no encoding", "a.csv", lambda: text(ROW_A) + b"\xff\xff\n", refused=("wrong_encoding", 3)),
    Hostile("nul", "a.csv", lambda: text(ROW_A.replace("陈志强", "陈\x00强")), refused=("nul", 2)),
    Hostile("lines that end in CR", "a.csv", lambda: text(end="\r"), loaded=2),
    Hostile("lines that end in CR LF", "a.csv", lambda: text(end="\r\n"), loaded=2),
    Hostile("semicolons", "a.csv", lambda: text().replace(b",", b";"), loaded=2),
    Hostile("tabs", "a.csv", lambda: text().replace(b",", b"\t"), loaded=2),
    Hostile("a quote that never closes", "a.csv", lambda: text(ROW_A.replace("陈", '"陈'), ROW_B), refused=("open_quote", 2)),
    Hostile("empty lines between", "a.csv", lambda: text(ROW_A, "", "", ROW_B), loaded=2),
    Hostile("the same column twice", "a.csv", lambda: text(header=TEXT_HEADER + ",名称"), refused=("double_columns", 1)),
    Hostile("a column missing", "a.csv", lambda: text(header=TEXT_HEADER.replace("经度", "经")), refused=("wrong_columns", 1)),
    Hostile("a column nobody knows", "a.csv", lambda: text(ROW_A + ",1", header=TEXT_HEADER + ",备注"), refused=("strange_columns", 1)),
    Hostile("empty", "a.csv", lambda: b"", refused=("empty_file", None)),
    Hostile("nothing but a header", "a.csv", lambda: text("", ""), refused=("no_rows", None)),
    Hostile("a workbook named csv", "a.csv", good_book, refused=("not_text", None)),
    Hostile("a web page named csv", "a.csv", lambda: b"<html><body><table></table></body></html>\n", refused=("wrong_columns", 1)),
    Hostile("five megabytes without a line end", "a.csv", lambda: text(ROW_A) + b"1," * 5_000_000, refused=("line_too_long", 3)),
    Hostile("a cell of two million letters", "a.csv", lambda: text(ROW_A.replace("食品生产", '"' + "食品\n" * 700_000 + '"')), refused=("cell_too_long", 2)),
    Hostile("a row too short", "a.csv", lambda: text(ROW_A, ROW_B.rpartition(",")[0]), loaded=1, kept=("ragged",)),
    Hostile("a row too long", "a.csv", lambda: text(ROW_A, ROW_B + ",1"), loaded=1, kept=("ragged",)),
    Hostile("digits of full width", "a.csv", lambda: text(ROW_A.replace("2010-05-06", "２０１０-０５-０６")), loaded=1, holds="2010-05-06"),
    Hostile("ideographic space", "a.csv", lambda: text(ROW_A.replace("陈志强", "　陈　志强　")), loaded=1, holds='"陈志强"'),
    Hostile("letters of no width", "a.csv", lambda: text(ROW_A.replace("陈志强", "陈\u200b志\ufeff强"), encoding="utf-8"), loaded=1, holds='"陈志强"'),
    Hostile("letters that turn the line round", "a.csv", lambda: text(ROW_A.replace("陈志强", "陈\u202e志强"), encoding="utf-8"), loaded=1, holds='"陈志强"'),
    Hostile("a code as a floating number", "a.csv", lambda: text(ROW_A, ROW_B.replace("91310115086217015E", "9.13101E+17")), loaded=1, kept=("bad_credit_code",)),
    Hostile("a date of the moon", "a.csv", lambda: text(ROW_A, ROW_B.replace("2010-05-06", "二〇一〇年三月廿三")), loaded=1, kept=("bad_date",)),
    Hostile("a date in Chinese", "a.csv", lambda: text(ROW_A.replace("2010-05-06", "2010年5月6日")), loaded=1, holds="2010-05-06"),
    Hostile("a date to come", "a.csv", lambda: text(ROW_A, ROW_B.replace("2010-05-06", "2099-01-01")), loaded=1, kept=("bad_date",)),
    Hostile("a formula for a name", "a.csv", lambda: text(ROW_A.replace("陈志强", "=cmd|' /C calc'!A0")), loaded=1, holds="=cmd|"),
]  # fmt: skip

BOOKS = [
    Hostile("two header rows with merged cells", "a.xlsx", good_book, loaded=2, holds="2028-06-30"),
    Hostile("bomb", "a.xlsx", bomb, refused=("too_large", None)),
    Hostile("a directory that lies", "a.xlsx", lying_directory, refused=("damaged", None)),
    Hostile("a directory with a name twice", "a.xlsx", twice_the_same_name, refused=("lying_directory", None)),
    Hostile("a name that climbs out", "a.xlsx", lambda: Book([officers()], parts=[("../../etc/cron.d/x", b"x")]).content(), refused=("unsafe_names", None)),
    Hostile("16 384 columns", "a.xlsx", wide, refused=("too_many_columns", 3)),
    Hostile("two hundred thousand formatted rows with nothing in them", "a.xlsx", a_million_empty_rows, loaded=2),
    Hostile("a billion laughs", "a.xlsx", laughs, refused=("entities", None)),
    Hostile("an entity from outside", "a.xlsx", lambda: with_declaration('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"), refused=("entities", None)),
    Hostile("a link to another workbook", "a.xlsx", lambda: Book([officers()], parts=[("xl/externalLinks/externalLink1.xml", b"<externalLink/>")]).content(), loaded=2),
    Hostile("a call to another program", "a.xlsx", lambda: Book([officers(cells=cell("B4", '<c r="HERE"><f>cmd|\' /C calc\'!A0</f></c>'))]).content(), refused=("no_result", 4)),
    Hostile("macros", "a.xlsx", lambda: Book([officers()], parts=[("xl/vbaProject.bin", b"x")]).content(), refused=("macros", None)),
    Hostile("old or with a password", "a.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, refused=("old_or_encrypted", None)),
    Hostile("a web page named xlsx", "a.xlsx", lambda: b"<html><table></table></html>", refused=("not_a_workbook", None)),
    Hostile("another office's format", "a.xlsx", lambda: other_archive("mimetype"), refused=("not_a_workbook", None)),
    Hostile("cut off", "a.xlsx", lambda: good_book()[:-200], refused=("damaged", None)),
    Hostile("a sheet that is no XML", "a.xlsx", lambda: Book(["<worksheet><row>"]).content(), refused=("damaged", None)),
    Hostile("cells merged over two rows", "a.xlsx", merged_in_the_body, loaded=1, kept=("missing",)),
    Hostile("a hidden sheet before the shown one", "a.xlsx", lambda: Book([officers(OFFICER_B), officers(OFFICER_A)], ["hidden", "visible"]).content(), loaded=1, holds="陈志强"),
    Hostile("no sheet shown", "a.xlsx", lambda: Book([officers()], ["hidden"]).content(), refused=("no_sheet", None)),
    Hostile("hidden rows", "a.xlsx", lambda: Book([officers().replace('<row r="5">', '<row r="5" hidden="1">')]).content(), loaded=2),
    Hostile("a dimension that says A1", "a.xlsx", lambda: Book([officers(dimension="A1")]).content(), loaded=2),
    Hostile("a formula nobody worked out", "a.xlsx", lambda: Book([officers(cells=cell("G5", '<c r="HERE"><f>TODAY()+365</f></c>'))]).content(), refused=("no_result", 5)),
    Hostile("a cell in error", "a.xlsx", lambda: Book([officers(cells=cell("D5", '<c r="HERE" t="e"><v>#N/A</v></c>'))]).content(), loaded=1, kept=("unknown_station",)),
    Hostile("days counted from 1904", "a.xlsx", lambda: Book([officers(OFFICER_A, cells=cell("G4", '<c r="HERE"><v>45472</v></c>'))], properties='<workbookPr date1904="1"/>').content(), loaded=1, holds="2028-06-30"),
    Hostile("the same list on a second sheet", "a.xlsx", lambda: Book([officers(OFFICER_A), officers(OFFICER_B)]).content(), refused=("second_sheet", None)),
    Hostile("no header rows", "a.xlsx", lambda: Book([sheet_xml([OFFICER_A, OFFICER_B, OFFICER_A, OFFICER_B])]).content(), refused=("wrong_columns", 3)),
]  # fmt: skip
