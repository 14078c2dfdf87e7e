"""检查表 the items of several duties as one list that asks each question once, and what a full answer is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qianshao.base.policy.rules.refusal import Refusal
from qianshao.flow.fieldwork.rules.envelope import Answer, Envelope

ABSENT = frozenset({"not_operating", "refused", "not_found"})
"""Conclusions of a visit at which nothing could be checked."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Item:
    """检查项 of a duty."""

    code: str
    text: str
    basis: str
    key: bool
    rectify_days: int


@dataclass(frozen=True, slots=True)
class Task:
    """随访事项: an obligation with the items that its duty asks for."""

    obligation_id: int
    duty_code: str
    duty_name: str
    field: str
    items: tuple[Item, ...]
    asked_by_name: str = ""
    origin: str = "law"
    origin_ref: str = ""
    state: str = "open"


@dataclass(slots=True)
class Question:
    """合并后的检查项: asked once, answered for every obligation that wants it."""

    text: str
    key: bool
    section: str
    bases: list[str] = field(default_factory=list)
    rectify_days: int = 0
    targets: list[tuple[int, str, str]] = field(default_factory=list)
    """(obligation id, duty code, item code)."""


def merge_checklists(tasks: Sequence[Task]) -> list[Question]:
    """合并检查表: items of the same words are asked once; sections in order of duties, key items marked.

    An item's code is unique within its duty only, so that codes never merge. A question is key when any duty says
    so; its days to rectify are the shortest that any duty gives.
    """
    questions: dict[str, Question] = {}
    for task in tasks:
        for item in task.items:
            question = questions.setdefault(
                _same_words(item.text), Question(item.text, False, task.duty_name)
            )
            question.key = question.key or item.key
            if item.basis not in question.bases:
                question.bases.append(item.basis)
            days = [one for one in (question.rectify_days, item.rectify_days) if one > 0]
            question.rectify_days = min(days, default=0)
            question.targets.append((task.obligation_id, task.duty_code, item.code))
    return list(questions.values())


def check_answers(envelope: Envelope, tasks: Sequence[Task]) -> None:
    """核对完整性: every item of every obligation answered exactly once, failures explained, signatures and conclusion fit.

    Raises `Refusal` 422 (409 where the duty itself has no items) that says what is missing.
    """
    _refuse_empty_checklists(tasks)
    if envelope.conclusion in ABSENT:
        _check_absent(envelope)
    else:
        _check_complete(envelope.results, tasks)
        _check_conclusion(envelope, tasks)
    _check_signatures(envelope, tasks)


def _refuse_empty_checklists(tasks: Sequence[Task]) -> None:
    if not tasks:
        raise Refusal("nothing_to_check", "本次检查没有任何检查事项，无法提交。", field="visit_id")
    empty = [task.duty_name for task in tasks if not task.items]
    if empty:
        raise Refusal(
            "checklist_empty",
            f"检查事项“{'、'.join(empty)}”没有检查项，无法提交。",
            basis="未经公布的检查内容不得检查（国办发〔2024〕54号）",
            remedy="请联系事项库维护人员补充检查项；已填内容仍保存在手机中。",
        )


def _check_absent(envelope: Envelope) -> None:
    if any(answer.outcome != "na" for answer in envelope.results):
        raise Refusal(
            "conclusion_inconsistent",
            "结论为未能检查时，检查项不应有“符合”或“不符合”。",
            field="conclusion",
            status=422,
        )
    if not envelope.note.strip():
        raise Refusal("note_missing", "未能检查的，请在备注中说明情况。", field="note", status=422)


def _check_complete(results: Iterable[Answer], tasks: Sequence[Task]) -> None:
    wanted = {
        (task.obligation_id, task.duty_code, item.code): item.text for task in tasks for item in task.items
    }
    given = Counter((one.obligation_id, one.duty_code, one.item_code) for one in results)
    unknown = [key[2] for key in given if key not in wanted]
    if unknown:
        raise Refusal("item_unknown", f"有不属于本次检查的检查项：{_some(unknown)}。", status=422)
    twice = [wanted[key] for key, times in given.items() if times > 1]
    if twice:
        raise Refusal("item_twice", f"检查项重复作答：{_some(twice)}。", field="results", status=422)
    missing = [text for key, text in wanted.items() if key not in given]
    if missing:
        raise Refusal(
            "item_missing",
            f"还有 {len(missing)} 项未作答：{_some(missing)}。",
            basis="食品生产经营监督检查管理办法 第二十七条" if _has_food(tasks) else "",
            field="results",
            status=422,
        )
    silent = [
        wanted[one.obligation_id, one.duty_code, one.item_code]
        for one in results
        if one.outcome == "fail" and not one.note.strip()
    ]
    if silent:
        raise Refusal("note_missing", f"不符合项须写明情况：{_some(silent)}。", field="results", status=422)


def _check_conclusion(envelope: Envelope, tasks: Sequence[Task]) -> None:
    failed = [one for one in envelope.results if one.outcome == "fail"]
    if bool(failed) == (envelope.conclusion == "no_problem"):
        said = "有不符合项，结论不能为“未发现问题”。" if failed else "没有不符合项，结论应为“未发现问题”。"
        raise Refusal("conclusion_inconsistent", said, field="conclusion", status=422)
    keys = {(task.obligation_id, item.code) for task in tasks for item in task.items if item.key}
    if envelope.conclusion == "corrected_on_site" and any(
        (one.obligation_id, one.item_code) in keys for one in failed
    ):
        raise Refusal(
            "conclusion_inconsistent",
            "有重点项目不符合，不能以“当场改正”了结，应责令改正。",
            basis="食品生产经营监督检查管理办法 第三十二条、第三十三条" if _has_food(tasks) else "",
            field="conclusion",
            status=422,
        )


def _check_signatures(envelope: Envelope, tasks: Sequence[Task]) -> None:
    signed = envelope.signatures
    if envelope.conclusion in ABSENT:
        return
    if signed.party is None and not signed.party_refused_reason.strip():
        raise Refusal(
            "signature_missing",
            "当事人未签名的，须注明拒签原因。",
            basis="食品生产经营监督检查管理办法 第三十四条" if _has_food(tasks) else "",
            field="signatures.party",
            status=422,
        )


def failed_items(envelope: Envelope, tasks: Sequence[Task]) -> list[tuple[Task, Item, Answer]]:
    """不符合项 with the duty and the item they belong to, in the order of the checklist."""
    answers: Mapping[tuple[int, str], Answer] = {
        (one.obligation_id, one.item_code): one for one in envelope.results if one.outcome == "fail"
    }
    return [
        (task, item, answers[task.obligation_id, item.code])
        for task in tasks
        for item in task.items
        if (task.obligation_id, item.code) in answers
    ]


def _same_words(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _has_food(tasks: Sequence[Task]) -> bool:
    return any(task.field.startswith(("food", "catering", "canteen")) for task in tasks)


def _some(names: Sequence[str]) -> str:
    return "；".join(names[:_SHOWN]) + (" 等" if len(names) > _SHOWN else "")
