"""Signing in, being slowed, and accounts that change under their holder."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qianshao.base.access.commands import change_account, make_sample_accounts, open_account, sign_in
from qianshao.base.access.models import Account, SignInAttempt
from qianshao.base.access.queries import signed_in_account
from qianshao.base.access.rules import EVERYTHING, Scope
from qianshao.base.access.tests.factories import (
    AT,
    DALIANG,
    LISHUI,
    PASSWORD,
    make_account,
    make_officer,
    make_units,
)
from qianshao.base.policy.rules.refusal import Refusal
from qianshao.base.records.models import Event
from qianshao.base.records.rules import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def units() -> None:
    make_units()


def refused(username: str, password: str, at: object = AT) -> Refusal:
    with pytest.raises(Refusal) as caught:
        sign_in(username=username, password=password, address="127.0.0.1", at=at)  # type: ignore[arg-type]
    return caught.value


def test_a_head_signs_in_and_the_record_says_so() -> None:
    make_account(username="head-daliang", role="station_head")
    card = sign_in(username=" Head-Daliang ", password=PASSWORD, address="127.0.0.1", at=AT)
    assert (card.role, card.unit_name, card.scope().prefix) == ("station_head", "大良街道", DALIANG)
    assert list(Event.objects.values_list("verb", flat=True)) == ["sign_in"]


def test_a_wrong_password_and_an_unknown_name_get_the_same_words() -> None:
    make_account(username="clerk-daliang", role="clerk")
    wrong, unknown = refused("clerk-daliang", "x" * 12), refused("nobody-here", "x" * 12)
    assert (wrong.status, wrong.message) == (unknown.status, unknown.message) == (401, "账号或密码不正确。")
    assert Event.objects.count() == 0


def test_the_sixth_try_waits_and_after_the_wait_the_right_password_enters() -> None:
    make_account(username="head-daliang", role="station_head")
    for _ in range(5):
        assert refused("head-daliang", "guess").status == 401
    slowed = refused("head-daliang", PASSWORD)
    assert (slowed.status, slowed.retry_after) == (429, 3)
    assert sign_in(username="head-daliang", password=PASSWORD, address="a", at=AT + timedelta(seconds=3)).id


def test_a_name_with_a_nul_or_without_end_is_recorded_and_refused() -> None:
    assert refused("a\x00dmin" + "x" * 500, "y").status == 401
    assert SignInAttempt.objects.get().username == ("admin" + "x" * 500)[:60]


def test_a_switched_off_person_is_out_at_once() -> None:
    account = make_account(username="officer-daliang-1")
    session = {"account_id": account.pk, "epoch": 0}
    assert signed_in_account(session=session) is not None
    change_account(by=SYSTEM, at=AT, scope=EVERYTHING, account_id=account.pk, is_active=False)
    assert signed_in_account(session=session) is None


def test_a_person_moved_to_another_station_must_sign_in_again() -> None:
    account = make_account(username="officer-daliang-1")
    change_account(by=SYSTEM, at=AT, scope=EVERYTHING, account_id=account.pk, unit=LISHUI)
    assert signed_in_account(session={"account_id": account.pk, "epoch": 0}) is None
    assert signed_in_account(session={"account_id": account.pk, "epoch": 1}).unit == LISHUI  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit": LISHUI}, "unit_out_of_scope"),
        ({"role": "king"}, "unknown_role"),
        ({"role": "district"}, "role_does_not_fit_unit"),
        ({"password": "short"}, "weak_password"),
        ({"username": "head-daliang"}, "username_taken"),
        ({"role": "officer"}, "officer_unknown"),
        ({"officer_id": 1}, "not_an_officer"),
    ],
)
def test_an_account_that_must_not_be_is_not_opened(changes: dict[str, str], code: str) -> None:
    make_account(username="head-daliang", role="station_head")
    wanted = {
        "username": "clerk-2",
        "display_name": "新窗口",
        "role": "clerk",
        "unit": DALIANG,
        "password": "Long-Enough-2026",
    }
    with pytest.raises(Refusal) as caught:
        open_account(by=SYSTEM, at=AT, scope=Scope("440606", "admin"), **(wanted | changes))  # type: ignore[arg-type]
    assert caught.value.code == code
    assert Account.objects.count() == 1


def test_an_officer_gets_one_account_and_only_at_the_own_station() -> None:
    make_units()
    officer = make_officer()
    wanted = {
        "display_name": "何一",
        "role": "officer",
        "password": "Long-Enough-2026",
        "officer_id": officer.pk,
    }
    scope = Scope("4406", "admin")
    with pytest.raises(Refusal) as elsewhere:
        open_account(by=SYSTEM, at=AT, scope=scope, username="he-1", unit=LISHUI, **wanted)
    card = open_account(by=SYSTEM, at=AT, scope=scope, username="he-1", unit=DALIANG, **wanted)
    with pytest.raises(Refusal) as again:
        open_account(by=SYSTEM, at=AT, scope=scope, username="he-2", unit=DALIANG, **wanted)
    assert (elsewhere.value.code, card.officer_id, again.value.code) == (
        "officer_unknown",
        officer.pk,
        "officer_has_account",
    )
    assert Account.objects.count() == 1


def test_the_sample_has_one_account_per_role_and_one_per_certified_officer_and_is_made_once() -> None:
    make_officer(number="粤E000001", post="所长")
    make_officer(number="粤E000002")
    make_officer(number="粤E000003", auxiliary=True)
    made = make_sample_accounts(password=PASSWORD, at=AT)
    names = {card.username for card in made}
    assert {"city", "steward", "auditor", "admin", "district-shunde", "head-daliang", "clerk-lishui"} <= names
    assert {name for name in names if name.startswith("officer-")} == {"officer-daliang-1"}
    assert make_sample_accounts(password=PASSWORD, at=AT) == made
