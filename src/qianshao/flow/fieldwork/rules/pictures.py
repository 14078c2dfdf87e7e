"""附件 pictures: what the bytes are, whatever their name says."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from qianshao.base.policy.rules.refusal import Refusal

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 50_000_000
_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_REMEDY = "请用手机相机拍照，或另存为 JPEG、PNG、WebP 图片后再上传。"


def refuse_size(size: int) -> None:
    """大小上限, asked before the bytes are read. Raises `Refusal` 413."""
    if size > MOST_BYTES:
        megabytes = MOST_BYTES // 1024 // 1024
        raise Refusal("attachment_too_large", f"附件过大，上限 {megabytes} MB。", field="file", status=413)


def media_type_of(content: bytes) -> str:
    """图片类型 read from the content. Raises `Refusal` 422 for anything but a whole JPEG, PNG or WebP picture."""
    refuse_size(len(content))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_MEDIA_TYPES)) as picture:
                kind, (width, height) = str(picture.format), picture.size
                if width * height > MOST_PIXELS:
                    raise Refusal(
                        "picture_too_large", "图片像素过多，请缩小后再上传。", field="file", status=422
                    )
                picture.load()
    except Refusal:
        raise
    except Exception as wrong:  # any failure of the decoder means: not a picture we keep
        raise Refusal(
            "attachment_type", "只接收 JPEG、PNG、WebP 图片。", remedy=_REMEDY, field="file", status=422
        ) from wrong
    if not _ends_cleanly(kind, content):
        raise Refusal(
            "attachment_type", "图片后附有其他内容，未接收。", remedy=_REMEDY, field="file", status=422
        )
    return _MEDIA_TYPES[kind]


def _ends_cleanly(kind: str, content: bytes) -> bool:
    """Whether nothing hangs behind the picture: archives and scripts are smuggled there."""
    if kind == "PNG":
        return content.endswith(b"IEND\xaeB`\x82") and content.count(b"IEND\xaeB`\x82") == 1
    if kind == "WEBP":
        return int.from_bytes(content[4:8], "little") + 8 in {
            len(content),
            len(content) + 1,
            len(content) - 1,
        }
    return b"PK\x05\x06" not in content[-70_000:] and b"<script" not in content[:4096].lower()
