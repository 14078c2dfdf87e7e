"""A file of roads is read whole or refused with the row that is wrong."""

from __future__ import annotations

import pytest

from qianshao.base.places.rules import read_roads
from qianshao.base.policy.rules.refusal import Refusal

HEAD = "from_lon,from_lat,to_lon,to_lat,metres\n"
GOOD = "113.25,22.84,113.26,22.84,1100\n"


def test_roads_are_read_with_or_without_the_mark_of_utf8_and_further_columns() -> None:
    wanted = [(113.25, 22.84, 113.26, 22.84, 1100.0)]
    assert read_roads((HEAD + GOOD).encode()) == wanted
    more = "name,from_lon,from_lat,to_lon,to_lat,metres\n文秀路,113.25,22.84,113.26,22.84,1100\n"
    assert read_roads(b"\xef\xbb\xbf" + more.encode()) == wanted


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD, "道路文件没有一行道路"),
        ("from_lon,from_lat\n1,2\n", "缺少列：to_lon、to_lat、metres"),
        (HEAD + GOOD + "113.25,22.84,113.26,,900\n", "第 3 行有不是数字的内容"),
        (HEAD + "213.25,22.84,113.26,22.84,900\n", "第 2 行的经纬度超出范围"),
        (HEAD + "113.25,22.84,113.26,22.84,300\n", "第 2 行的长度 300 米短于直线距离 1025 米"),
        (HEAD + "113.25,22.84,113.25,22.84,0\n", "第 2 行的长度 0 米"),
        (HEAD + "113.25,22.84,113.26,22.84,inf\n", "第 2 行的长度 inf 米"),
    ],
)
def test_a_wrong_row_is_named(content: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        read_roads(content.encode())


def test_a_file_in_another_encoding_is_refused() -> None:
    with pytest.raises(Refusal, match="不是 UTF-8 编码"):
        read_roads("文秀路".encode("gbk"))
