"""A public beacon: real rounds of quicknet, what is not one, and two relays held to one contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from qianshao.base.gateways.queries import HttpRelay, beacon_relay
from qianshao.base.gateways.rules.beacons import (
    QUICKNET,
    SAMPLE,
    Beacon,
    Relay,
    SampleRelay,
    check_beacon,
    read_beacon,
    signed,
)
from qianshao.base.policy.rules.refusal import Refusal

ROUND_1000 = {
    "round": 1000,
    "randomness": "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    "signature": "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
}
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_real_round_of_quicknet_is_what_it_says() -> None:
    beacon = read_beacon(ROUND_1000)
    check_beacon(QUICKNET, 1000, beacon, NOW)
    assert QUICKNET.due(1000) == datetime(2023, 8, 23, 15, 59, 24, tzinfo=UTC)
    assert QUICKNET.round_at(QUICKNET.due(1000)) == 1001
    assert QUICKNET.round_at(QUICKNET.due(1000) - timedelta(seconds=1)) == 1000
    assert not signed(SAMPLE, beacon)


@pytest.mark.parametrize(
    ("changes", "promised", "now", "words"),
    [
        ({}, 1001, NOW, "承诺使用第 1001 轮，文件是第 1000 轮"),
        ({}, 1000, datetime(2023, 8, 23, 15, 59, 23, tzinfo=UTC), "第 1000 轮尚未产生"),
        ({"randomness": "0" * 64}, 1000, NOW, "随机数不是其签名的 SHA-256"),
        ({"round": 1001}, 1001, NOW, "签名不是该链公钥所签"),
    ],
)
def test_a_round_that_is_not_the_promised_one_or_not_signed_is_refused(
    changes: dict[str, Any], promised: int, now: datetime, words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        check_beacon(QUICKNET, promised, read_beacon(ROUND_1000 | changes), now)


def test_a_signature_that_is_no_point_of_the_curve_is_not_the_chains() -> None:
    assert not signed(QUICKNET, Beacon(1000, "0" * 64, "ff" * 48))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"round": "1000"},
        ROUND_1000 | {"round": True},
        ROUND_1000 | {"signature": "xy"},
        ROUND_1000 | {"randomness": "ab"},
    ],
)
def test_a_file_that_is_no_beacon_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="这不是信标文件"):
        read_beacon(told)


@pytest.fixture(params=["sample", "http"])
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    """The shipped fake, and the real client in front of a server on this machine that answers as a drand relay does."""
    fake = SampleRelay()
    if request.param == "sample":
        yield fake
        return

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, chain, _, number = self.path.split("/")
            found = chain == SAMPLE.name and number.isdigit()
            self.send_response(200 if found else 404)
            self.end_headers()
            if found:
                self.wfile.write(json.dumps(fake.beacon(int(number), NOW)).encode())

        def log_message(self, *_: Any) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield HttpRelay(f"http://127.0.0.1:{server.server_port}/", SAMPLE)
    server.shutdown()


def test_every_relay_hands_out_a_round_that_verifies_and_none_before_it_is_due(relay: Relay) -> None:
    number = relay.chain.round_at(NOW - timedelta(hours=1))
    check_beacon(relay.chain, number, read_beacon(relay.beacon(number, NOW)), NOW)
    with pytest.raises(Refusal, match="该轮尚未产生"):
        relay.beacon(number, NOW - timedelta(hours=2))


def test_a_relay_that_does_not_answer_or_does_not_know_the_chain_is_told_in_words() -> None:
    for address in ("http://127.0.0.1:9", "http://127.0.0.1:9/redirect"):
        with pytest.raises(Refusal, match="未能取得信标：中继没有给出这一轮") as refused:
            HttpRelay(address).beacon(1000, NOW)
        assert (refused.value.status, "上传" in refused.value.remedy) == (503, True)


def test_the_setting_chooses_the_relay_and_empty_means_files_alone() -> None:
    assert beacon_relay(setting="") is None
    assert beacon_relay(setting="file:///etc/passwd") is None
    assert isinstance(beacon_relay(setting="sample"), SampleRelay)
    real = beacon_relay(setting="https://relay.example")
    assert isinstance(real, HttpRelay)
    assert real.chain is QUICKNET
    assert not replace(SAMPLE, name="x").trusted
