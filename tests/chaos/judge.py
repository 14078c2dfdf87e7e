"""The judge: reads the receipts, the database and the disk, and nothing of the storm's memory. Prints one JSON line."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from qianshao.base.records.queries import verify_record  # noqa: E402


def rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def on_disk(sha256: str) -> bool:
    file = Path(settings.MEDIA_ROOT) / sha256[:2] / sha256
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sha256


def judge(receipts_file: Path, expected_file: Path) -> dict[str, Any]:
    receipts = [json.loads(line) for line in receipts_file.read_text().splitlines() if line]
    expected = json.loads(expected_file.read_text())
    stored = defaultdict(list)
    for key, body_sha256, state in rows("SELECT id::text, body_sha256, state FROM fieldwork_submission"):
        stored[key].append((body_sha256, state))
    answers = defaultdict(set)
    for one in receipts:
        answers[one["submission_id"]].add(json.dumps(one, sort_keys=True))
    lost = [
        one["submission_id"]
        for one in receipts
        if (one["body_sha256"], "accepted") not in stored[one["submission_id"]]
        or one["body_sha256"] != expected[one["submission_id"]]["body_sha256"]
    ]
    pictures = {sha256 for one in receipts for sha256 in one["attachments"]}
    known = {row[0] for row in rows("SELECT sha256 FROM records_attachment")}
    report = verify_record()
    return {
        "receipts": len(receipts),
        "unanswered": len(set(expected) - set(answers)),
        "lost": len(lost),
        "duplicated": sum(len(found) > 1 for found in stored.values()),
        "receipts_differ": sum(len(found) > 1 for found in answers.values()),
        "pictures_missing": sum(sha256 not in known or not on_disk(sha256) for sha256 in pictures),
        "effects_wrong": effects_wrong(expected),
        "chain_findings": len(report.findings),
        "events": report.events,
    }


def effects_wrong(expected: dict[str, dict[str, Any]]) -> list[str]:
    """Every submission has its effects exactly once: inspection, results, obligation, visit, order, re-check, event."""
    count = {
        "inspection": Counter(dict(rows("SELECT visit_id, count(*) FROM fieldwork_inspection GROUP BY 1"))),
        "results": Counter(
            dict(rows("SELECT inspection_id, count(*) FROM fieldwork_check_result GROUP BY 1"))
        ),
        "order": Counter(
            dict(rows("SELECT inspection_id, count(*) FROM cases_rectification_order GROUP BY 1"))
        ),
        "event": Counter(
            {
                int(key): number
                for key, number in rows(
                    "SELECT subject_id, count(*) FROM records_event WHERE verb = 'receive_visit' GROUP BY 1"
                )
            }
        ),
    }
    done = {row[0] for row in rows("SELECT id FROM planning_visit WHERE state = 'done'")}
    met = {row[0] for row in rows("SELECT id FROM duties_obligation WHERE state = 'done'")}
    rechecks = rows("SELECT count(*) FROM duties_obligation WHERE origin = 'recheck'")[0][0]
    wrong = []
    for one in expected.values():
        visit = one["visit_id"]
        found = tuple(count[name][visit] for name in ("inspection", "results", "order", "event"))
        if (
            found != (1, one["results"], int(one["fails"]), 1)
            or visit not in done
            or one["obligation_id"] not in met
        ):
            wrong.append(f"visit {visit}: {found}")
    if rechecks != sum(one["fails"] for one in expected.values()):
        wrong.append(f"re-checks: {rechecks}")
    numbers = [
        int(row[0])
        for row in rows("SELECT substring(number from '〕(\\d+)号') FROM cases_rectification_order")
    ]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        wrong.append("document numbers have gaps or doubles")
    return wrong


if __name__ == "__main__":
    print(json.dumps(judge(Path(sys.argv[1]), Path(sys.argv[2])), ensure_ascii=False))
