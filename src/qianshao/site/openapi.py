"""`python -m qianshao.site.openapi`: the interface document, as reviewed in docs/openapi.json."""

from __future__ import annotations

import json
import os
import sys

import django


def document() -> str:
    """The OpenAPI document of the assembled interface, with stable order."""
    from qianshao.site.api import api  # noqa: PLC0415 (after Django is set up)

    return (
        json.dumps(api.get_openapi_schema(path_prefix="/api/"), ensure_ascii=False, indent=1, sort_keys=True)
        + "\n"
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshao.site.settings")
    django.setup()
    sys.stdout.write(document())
