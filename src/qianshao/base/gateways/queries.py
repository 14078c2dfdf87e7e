"""Reading from other systems: the public beacon. The only place of the product that opens a connection to the outside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from qianshao.base.gateways.rules.beacons import QUICKNET, Chain, Relay, SampleRelay, not_to_be_had

_SECONDS = 8
_MOST_BYTES = 4096


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class HttpRelay:
    """A drand relay at an address that the instance's own setting names; follows no redirect, reads no more than a beacon."""

    address: str
    chain: Chain = QUICKNET

    def beacon(self, number: int, now: datetime) -> dict[str, Any]:
        """A round of the chain, from the relay."""
        if now < self.chain.due(number):
            raise not_to_be_had("该轮尚未产生")
        url = f"{self.address.rstrip('/')}/{self.chain.name}/public/{number}"
        try:
            with build_opener(_NoRedirect, ProxyHandler({})).open(
                Request(url, headers={"Accept": "application/json"}), timeout=_SECONDS
            ) as answer:
                told = json.loads(answer.read(_MOST_BYTES))
        except (URLError, OSError, ValueError) as problem:
            raise not_to_be_had("中继没有给出这一轮") from problem
        if not isinstance(told, dict):
            raise not_to_be_had("中继的回答不是信标")
        return told


def beacon_relay(*, setting: str) -> Relay | None:
    """信标中继 by the setting: empty — none, files are handed in; `sample` — the shipped fake; else a relay's address."""
    if setting == "sample":
        return SampleRelay()
    if urlsplit(setting).scheme in {"http", "https"}:
        return HttpRelay(setting)
    return None
