"""Only whole pictures are kept, whatever their name says."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.fieldwork.rules.pictures import MOST_BYTES, media_type_of
from qianshao.flow.fieldwork.tests.factories import picture


@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_a_camera_picture_is_known_by_its_content(kind: str, media_type: str) -> None:
    assert media_type_of(picture(kind)) == media_type


def huge_png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def gif() -> bytes:
    file = io.BytesIO()
    Image.new("P", (8, 8)).save(file, "GIF")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7\n",
        b"\xff\xd8\xff\xe0<html><script>alert(1)</script>",
        b"MZ" + b"\0" * 100,
        gif(),
        picture()[:-40],
        picture("PNG")[:-12],
        picture("PNG") + b"PK\x03\x04 archive PK\x05\x06" + b"\0" * 18,
        picture("JPEG") + b"PK\x05\x06" + b"\0" * 18,
        picture("WEBP") + b"<script>" * 4,
        huge_png(),
    ],
    ids=[
        "empty",
        "svg",
        "pdf",
        "html-in-jpeg",
        "exe",
        "gif",
        "cut-jpeg",
        "cut-png",
        "png-zip",
        "jpeg-zip",
        "webp-tail",
        "bomb",
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        media_type_of(content)
    assert refused.value.status == 422


def test_too_many_bytes_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(Refusal) as refused:
        media_type_of(b"\xff\xd8\xff" + b"\0" * MOST_BYTES)
    assert refused.value.status == 413
