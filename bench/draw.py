"""The draw's figures: drawing and verifying a city's list, the doors saved, equal chances; against independent draws and bare hashing.

    make bench NAME=draw SCALE=1

At scale 1 the list holds 1.5 million objects in 32 stations and five departments of mixed eligibility. The last line of
output is one JSON object.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import resource
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from qianshao.flow.draws.rules.checking import verify_announcement
from qianshao.flow.draws.rules.listing import Department, DrawList, Inspector, hash_of, list_text
from qianshao.flow.draws.rules.publishing import Chance, announcement, carry_out_draw
from qianshao.flow.draws.rules.tickets import commitment, draw_objects, expected_doors, tickets

ROOT = Path(__file__).resolve().parents[1]
MIXED = (
    ("GM", 1.0, "0.03"),
    ("SP", 0.6, "0.05"),
    ("ZL", 0.4, "0.05"),
    ("TZ", 0.3, "0.10"),
    ("JL", 0.2, "0.10"),
)
CHANCE = Chance(
    seed="ab" * 32,
    public="03 07 11 22 25 31 + 09",
    source="bench",
    committed_at="2026-11-24T10:00:00+08:00",
    drawn_at="2026-11-26T21:30:00+08:00",
    entered_by=("one", "two"),
)
NODE = (
    "require(process.argv[1]); const bytes = new Uint8Array(require('fs').readFileSync(process.argv[2]));"
    "const begun = performance.now(); const report = verifyDraw(bytes);"
    "console.log(JSON.stringify({holds: report.holds, doors: report.doors, seconds: (performance.now() - begun) / 1000}))"
)


def a_city(count: int) -> DrawList:
    lot = random.Random(7)
    stations = [f"4406{place:05d}" for place in range(32)]
    return DrawList(
        id="bench",
        title="bench",
        departments=tuple(Department(code, code, "综合执法", {"A": rate}) for code, _, rate in MIXED),
        objects=[f"91440606MA{number:08d}" for number in range(count)],
        stations=[stations[number % 32] for number in range(count)],
        classes=[
            "".join("A" if lot.random() < share else "-" for _, share, _ in MIXED) for _ in range(count)
        ],
        inspectors=tuple(
            Inspector(f"{station}{number:03d}", station, ("综合执法",), date(2028, 12, 31))
            for station in stations
            for number in range(30)
        ),
        team_size=2,
        used_until=date(2027, 12, 31),
    )


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def equal_chance_p(draws: int = 3000, objects: int = 60) -> float:
    """The least p, over departments, of "everybody eligible is drawn equally often" (χ² of draws without replacement)."""
    small = a_city(objects)
    times = np.zeros((objects, len(MIXED)))
    for number in range(draws):
        times += draw_objects(small, tickets(number.to_bytes(32, "big"), small.objects))[0]
    found = []
    for place in range(len(MIXED)):
        rows = [row for row, letters in enumerate(small.classes) if letters[place] != "-"]
        counts = times[rows, place]
        mean, many = counts.mean(), len(rows)
        squares = float(((counts - mean) ** 2).sum()) / (mean * (1 - mean / draws) * many / (many - 1))
        free = many - 1
        z = ((squares / free) ** (1 / 3) - (1 - 2 / (9 * free))) / math.sqrt(2 / (9 * free))
        found.append(math.erfc(z / math.sqrt(2)) / 2)
    return min(found)


def independent_doors(frozen: DrawList) -> int:
    """The obvious way: every department draws by itself, and visits to the same door are merged afterwards."""
    lot = np.random.default_rng(7)
    drawn: set[int] = set()
    for place, (_, _, rate) in enumerate(MIXED):
        rows = [row for row, letters in enumerate(frozen.classes) if letters[place] != "-"]
        drawn.update(lot.choice(rows, math.ceil(float(rate) * len(rows)), replace=False).tolist())
    return len(drawn)


def in_javascript(text: bytes) -> float:
    """Seconds that the verifier of the page takes in node."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "draw.txt"
        file.write_bytes(text)
        node = shutil.which("node") or "node"
        core = str(ROOT / "web" / "public" / "verify-draw-core.js")
        done = subprocess.run([node, "-e", NODE, core, str(file)], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["holds"], done.stdout
    return float(told["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=0.02)
    frozen = a_city(int(1_500_000 * parser.parse_args().scale))
    promised = commitment(hash_of(list_text(frozen)), CHANCE.seed)
    draw_s, (result, text) = timed(
        lambda: (drawn := carry_out_draw(frozen, CHANCE, promised), announcement(drawn, CHANCE))
    )
    print(f"drawn: {len(result.picked)} doors of {len(frozen.objects)}, {len(text) / 1e6:.1f} MB")
    verify_s, verdict = timed(lambda: verify_announcement(text))
    assert verdict.holds, verdict.faults
    sm3 = replace(frozen, hash="sm3")
    promised_sm3 = commitment(hash_of(list_text(sm3), "sm3"), CHANCE.seed, algorithm="sm3")
    draw_s_sm3, text_sm3 = timed(lambda: announcement(carry_out_draw(sm3, CHANCE, promised_sm3), CHANCE))
    verify_s_sm3, verdict_sm3 = timed(lambda: verify_announcement(text_sm3))
    assert verdict_sm3.holds, verdict_sm3.faults
    hashing_s, _ = timed(lambda: [hashlib.sha256(one.encode()).digest() for one in frozen.objects])
    verify_js_s, verify_js_s_sm3 = in_javascript(text), in_javascript(text_sm3)
    independent = independent_doors(frozen)
    figures = {
        "objects": len(frozen.objects),
        "draw_s": draw_s,
        "verify_s": verify_s,
        "verify_js_s": verify_js_s,
        "draw_s_sm3": draw_s_sm3,
        "verify_s_sm3": verify_s_sm3,
        "verify_js_s_sm3": verify_js_s_sm3,
        "hashing_s": hashing_s,
        "visits_separate": result.separate,
        "doors_independent": independent,
        "doors": len(result.picked),
        "doors_expected": expected_doors(frozen.departments, Counter(frozen.classes))["shared"],
        "saved_independent": 1 - independent / result.separate,
        "saved_mixed_case": 1 - len(result.picked) / result.separate,
        "uniformity_p": equal_chance_p(),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    ratios = {
        "draw_to_hashing": draw_s / hashing_s,
        "verify_to_hashing": verify_s / hashing_s,
        "doors_to_independent": len(result.picked) / independent,
        "doors_to_expected": len(result.picked) / figures["doors_expected"],
    }
    rounded = {key: round(value, 4) for key, value in figures.items()}
    print(json.dumps({"figures": rounded, "ratios": {key: round(value, 3) for key, value in ratios.items()}}))


if __name__ == "__main__":
    main()
