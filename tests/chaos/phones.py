"""Virtual phones: each hands in its records until it holds a receipt, whatever happens in between."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import random
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from uuid_utils import uuid7

from qianshao.flow.fieldwork.tests.factories import sealed

GIVE_UP_AFTER = 120.0


@dataclass
class Job:
    """One record with its pictures and the accident that befalls its sender."""

    envelope: dict[str, Any]
    pictures: list[bytes]
    twice: bool
    dies: bool


class Receipts:
    """Receipts on disk before anybody counts them."""

    def __init__(self, file: Path) -> None:
        self.file = file.open("a", encoding="utf-8")
        self.lock = threading.Lock()
        self.count = 0

    def keep(self, receipt: dict[str, Any]) -> None:
        with self.lock:
            self.file.write(json.dumps(receipt) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())
            self.count += 1


@dataclass
class Phone:
    """A device with its account, its queue and its stubbornness."""

    place: int
    port: int
    password: str
    jobs: list[Job]
    receipts: Receipts
    headers: dict[str, str] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    def sign_in(self) -> None:
        body = json.dumps({"username": f"storm-{self.place}", "password": self.password}).encode()
        status, answer, headers = self._call(
            "POST", "/api/session", body, {"Content-Type": "application/json"}
        )
        assert status == 200, answer
        cookies = [one.split(";")[0] for name, one in headers if name.lower() == "set-cookie"]
        self.headers = {"Cookie": "; ".join(cookies), "X-CSRFToken": json.loads(answer)["csrf_token"]}

    def run(self) -> None:
        for job in self.jobs:
            if job.dies:
                self._die_before_reading(job)
            if job.twice:
                twin = threading.Thread(target=self._hand_in, args=(job,))
                twin.start()
                self._hand_in(job)
                twin.join()
            else:
                self._hand_in(job)

    def _hand_in(self, job: Job) -> None:
        give_up = time.monotonic() + GIVE_UP_AFTER
        body = json.dumps(job.envelope).encode()
        while time.monotonic() < give_up:
            try:
                for content in job.pictures:
                    self._upload(content)
                status, answer, _ = self._call("POST", "/api/submissions", body, self._json())
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
                continue
            if status in {200, 202}:
                self.receipts.keep(json.loads(answer))
                return
            self.refusals.append(f"{status} {answer[:200]!r}")
            time.sleep(0.1)

    def _upload(self, content: bytes) -> None:
        sha256 = canonical_hash(content)
        edge = b"storm-" + sha256[:16].encode()
        parts = (
            b"--" + edge + b'\r\nContent-Disposition: form-data; name="sha256"\r\n\r\n' + sha256.encode() + b"\r\n--"
            + edge + b'\r\nContent-Disposition: form-data; name="file"; filename="p.png"\r\n\r\n' + content + b"\r\n--"
            + edge + b"--\r\n"
        )  # fmt: skip
        headers = self.headers | {"Content-Type": f"multipart/form-data; boundary={edge.decode()}"}
        status, answer, _ = self._call("POST", "/api/attachments", parts, headers)
        if status != 200:
            raise ConnectionError(f"{status} {answer[:200]!r}")

    def _die_before_reading(self, job: Job) -> None:
        """Send the whole request and go away without the answer."""
        body = json.dumps(job.envelope).encode()
        lines = {"Host": f"127.0.0.1:{self.port}", "Content-Length": str(len(body))} | self._json()
        head = (
            "POST /api/submissions HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"
        )
        try:
            for content in job.pictures:
                self._upload(content)
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                line.sendall(head.encode() + body)
                time.sleep(0.02)
        except (OSError, http.client.HTTPException):
            return

    def _json(self) -> dict[str, str]:
        return self.headers | {"Content-Type": "application/json"}

    def _call(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes, list[tuple[str, str]]]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read(), answer.getheaders()
        finally:
            line.close()


def canonical_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def noise(chance: random.Random, side: int) -> bytes:
    """A picture that no other is equal to."""
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), chance.randbytes(side * side * 3)).save(file, "PNG")
    return file.getvalue()


def schedule(world: dict[str, Any], seed: int) -> tuple[dict[int, list[Job]], dict[str, dict[str, Any]]]:
    """Everything that will be handed in, drawn before anything happens; and what the judge must find."""
    chance = random.Random(seed)
    jobs: dict[int, list[Job]] = {}
    expected: dict[str, dict[str, Any]] = {}
    signatures = {place: noise(chance, 24) for place in {one["device"] for one in world["visits"]}}
    for one in world["visits"]:
        place = one["device"]
        queue = jobs.setdefault(place, [])
        photos = [noise(chance, 150) for _ in range(chance.randint(1, 2))] if chance.random() < 0.2 else []
        fails = chance.random() < 0.3
        envelope = record(world, one, place, len(queue) + 1, fails, signatures[place], photos)
        queue.append(
            Job(envelope, [signatures[place], *photos], chance.random() < 0.1, chance.random() < 0.05)
        )
        expected[envelope["id"]] = {
            "visit_id": one["visit_id"],
            "obligation_id": one["obligation_id"],
            "results": len(world["items"]),
            "fails": fails,
            "body_sha256": envelope["body_sha256"],
        }
    for queue in jobs.values():
        for place in range(len(queue) - 1):
            if chance.random() < 0.05:
                queue[place], queue[place + 1] = queue[place + 1], queue[place]
    return jobs, expected


def record(
    world: dict[str, Any],
    one: dict[str, Any],
    place: int,
    seq: int,
    fails: bool,
    signature: bytes,
    photos: list[bytes],
) -> dict[str, Any]:
    results = [
        {
            "obligation_id": one["obligation_id"],
            "duty_code": world["duty_code"],
            "item_code": code,
            "outcome": "fail" if fails and number == 3 else "pass",
            "note": "现场发现问题" if fails and number == 3 else "",
            "attachments": [canonical_hash(photo) for photo in photos] if number == 3 else [],
        }
        for number, code in enumerate(world["items"])
    ]
    return sealed(
        {
            "id": str(uuid7()),
            "schema_version": 1,
            "kind": "visit",
            "device_id": f"storm-device-{place}",
            "device_seq": seq,
            "base_version": 1,
            "visit_id": one["visit_id"],
            "begun_at": "2026-12-01T09:00:00+08:00",
            "finished_at": "2026-12-01T09:40:00+08:00",
            "conclusion": "order_to_rectify" if fails else "no_problem",
            "note": "",
            "results": results,
            "signatures": {
                "officer": canonical_hash(signature),
                "second_officer": None,
                "party": None,
                "party_refused_reason": "负责人不在场",
            },
        }
    )
