"""The officer's day, visits and disputes on the wire."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Field, Schema

from qianshao.flow.fieldwork.queries import (
    FieldDay,
    FieldVisit,
    InspectionCard,
    MissingRecords,
    Problem,
    VisitFile,
    Waiting,
)
from qianshao.flow.fieldwork.rules.checklist import Question, Task
from qianshao.flow.planning.queries.plans import VisitCard


class TargetOut(Schema):
    obligation_id: int
    duty_code: str
    item_code: str


class QuestionOut(Schema):
    text: str
    key: bool
    section: str
    bases: list[str]
    rectify_days: int
    targets: list[TargetOut]

    @classmethod
    def of(cls, question: Question) -> QuestionOut:
        return cls(
            text=question.text,
            key=question.key,
            section=question.section,
            bases=[basis for basis in question.bases if basis],
            rectify_days=question.rectify_days,
            targets=[
                TargetOut(obligation_id=one[0], duty_code=one[1], item_code=one[2])
                for one in question.targets
            ],
        )


class FieldEntityOut(Schema):
    id: int
    name: str
    credit_code: str
    address: str
    phone: str
    lon: float | None
    lat: float | None
    risk_class: str


class FieldOfficerOut(Schema):
    id: int
    name: str
    lead: bool


class TaskOut(Schema):
    obligation_id: int
    duty_code: str
    duty_name: str
    field: str
    asked_by_name: str
    origin: str
    origin_ref: str

    @classmethod
    def of(cls, task: Task) -> TaskOut:
        return cls(**{name: getattr(task, name) for name in cls.model_fields})


class VisitLine(Schema):
    id: int
    plan_id: int
    station_code: str
    version: int
    visit_on: date
    team: int
    sequence: int
    minutes: int
    travel_minutes: int
    starts_at: int | None
    state: str
    done_on: date | None
    entity: FieldEntityOut
    officers: list[FieldOfficerOut]
    obligations: int

    @classmethod
    def of(cls, card: VisitCard) -> VisitLine:
        return cls(**line_of(card))


def line_of(card: VisitCard) -> dict[str, Any]:
    """The fields of a visit's line; the lead officer stands first."""
    plain = ("id", "plan_id", "station_code", "version", "visit_on", "team", "sequence")
    more = ("minutes", "travel_minutes", "starts_at", "state", "done_on")
    people = zip(card.officer_ids, card.officers, strict=True)
    return {name: getattr(card, name) for name in (*plain, *more)} | {
        "entity": FieldEntityOut(
            id=card.entity_id,
            name=card.entity_name,
            credit_code=card.credit_code,
            address=card.address,
            phone=card.phone,
            lon=card.lon,
            lat=card.lat,
            risk_class=card.risk_class,
        ),
        "officers": [
            FieldOfficerOut(id=number, name=name, lead=place == 0)
            for place, (number, name) in enumerate(people)
        ],
        "obligations": len(card.obligations),
    }


class FieldVisitOut(VisitLine):
    tasks: list[TaskOut]
    questions: list[QuestionOut]
    last_problems: list[Problem]

    @classmethod
    def of_visit(cls, visit: FieldVisit) -> FieldVisitOut:
        return cls(**line_of(visit.card), **parts_of(visit))


def parts_of(visit: FieldVisit) -> dict[str, Any]:
    """Tasks, questions and last problems of a visit."""
    return {
        "tasks": [TaskOut.of(task) for task in visit.tasks],
        "questions": [QuestionOut.of(question) for question in visit.questions],
        "last_problems": list(visit.last_problems),
    }


class FieldStation(Schema):
    code: str
    name: str
    lon: float | None
    lat: float | None


class FieldDayOut(Schema):
    on: date
    next_on: date | None
    officer_name: str
    station: FieldStation | None
    visits: list[FieldVisitOut]
    waiting: list[MissingRecords]

    @classmethod
    def of(cls, day: FieldDay, *, officer_name: str, station: FieldStation | None) -> FieldDayOut:
        return cls(
            on=day.on,
            next_on=day.next_on,
            officer_name=officer_name,
            station=station,
            visits=[FieldVisitOut.of_visit(visit) for visit in day.visits],
            waiting=list(day.missing),
        )


class VisitPage(Schema):
    items: list[VisitLine]
    next_cursor: str | None


class VisitFileOut(FieldVisitOut):
    inspection: InspectionCard | None

    @classmethod
    def of_file(cls, file: VisitFile) -> VisitFileOut:
        return cls(**line_of(file.visit.card), **parts_of(file.visit), inspection=file.inspection)


class PictureOut(Schema):
    sha256: str
    media_type: str
    bytes: int


class SettlementIn(Schema):
    opinion: str = Field(max_length=200)


class DisputesOut(Schema):
    items: list[Waiting]
    missing: list[MissingRecords]
