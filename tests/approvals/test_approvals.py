"""Four eyes: proposed by one, decided by another, once and in time; whoever waits is told in the same transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest

from checkout import approvals
from checkout.approvals import (
    AlreadyProposed,
    FourEyesRequired,
    InvalidApprovalState,
    decide,
    get_approval,
    list_approvals,
)
from checkout.approvals.states import APPROVAL, STATUSES
from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.events import subscribers
from checkout.identity import api_keys, storefronts, users
from checkout.identity.access import principal_of
from tests.concurrency import at_once

ADA, BAO, CAI = (Cause("person", f"usr_{name}") for name in ("ada", "bao", "cai"))
PROPOSAL = {"amount": 1_500_000, "currency": "EUR"}


def propose(subject="po_x", *, proposer=ADA, **options):
    with atomic() as session:
        return approvals.propose(
            session, kind="payout.send", subject=subject, proposal=PROPOSAL, proposer=proposer, **options
        )


def approve(id, by=BAO):
    with atomic() as session:
        return approvals.approve(session, id, by=by)


def reject(id, by=BAO, reason="not now"):
    with atomic() as session:
        return approvals.reject(session, id, by=by, reason=reason)


def expire():
    with atomic() as session:
        return approvals.expire_due(session, cause=Cause("task", "tsk_x"))


def test_a_proposal_waits_and_says_what_and_who(db):
    found = get_approval(propose())

    assert (found.status, found.kind, found.subject) == ("pending", "payout.send", "po_x")
    assert (found.proposal, found.proposer, found.decided_by) == (PROPOSAL, "person:usr_ada", None)
    assert db.value("SELECT type FROM events") == "approval.proposed"
    assert db.value("SELECT actor FROM audit_log") == "person:usr_ada"


def test_a_second_person_approves_and_whoever_waits_is_told(db, monkeypatch):
    """Decision, history, audit row, event and task commit together."""
    monkeypatch.setitem(subscribers.DECISIONS, "payout.send", ("payouts.decided",))
    id = propose()

    decided = approve(id)

    assert (decided.status, decided.decided_by) == ("approved", "person:usr_bao")
    assert db.rows("SELECT version, to_status FROM approval_transitions ORDER BY version") == [
        {"version": 1, "to_status": "pending"},
        {"version": 2, "to_status": "approved"},
    ]
    assert db.rows("SELECT kind, args FROM tasks") == [
        {"kind": "payouts.decided", "args": {"approval": decided.public_id}}
    ]
    assert db.value("SELECT count(*) FROM events WHERE type = 'approval.approved'") == 1
    assert db.value("SELECT actor FROM audit_log WHERE action = 'approval.approve'") == "person:usr_bao"


def test_the_proposer_decides_nothing(db):
    """Neither way; and not by another way of signing in."""
    id = propose()

    for refused in (lambda: approve(id, by=ADA), lambda: reject(id, by=ADA)):
        with pytest.raises(FourEyesRequired):
            refused()
    with pytest.raises(FourEyesRequired):
        approve(id, by=Cause("request", "usr_ada"))

    assert get_approval(id).status == "pending"


@pytest.fixture
def ada_and_her_key(db):
    """A person, and a key that she made."""
    with atomic() as session:
        shop = storefronts.create(session, name="Shop", origins=["https://shop.example"], cause=BAO)
        user = users.create_user(session, email="ada@example.org", cause=BAO)
    grants = [SimpleNamespace(role="admin", seller_id=None, storefront_id=None)]
    now = datetime.now(UTC)
    maker = principal_of(SimpleNamespace(user_id=user.id, grants=grants, second_factor_at=now, read_at=now))
    with atomic() as session:
        key, _ = api_keys.create(
            session, shop.id, "till", livemode=False, cause=maker.cause, scopes=["payouts:write"], maker=maker
        )
    return maker.cause, Cause("key", key.public_id)


def test_nobody_decides_what_a_key_of_their_own_proposed(ada_and_her_key):
    """The person behind a key is the proposer, whichever way they come to decide; somebody else decides."""
    ada, key = ada_and_her_key
    id = propose(proposer=key)

    assert get_approval(id).proposer_person == ada.id
    for decide_it in (approve, reject):
        with pytest.raises(FourEyesRequired):
            decide_it(id, by=ada)
    assert approve(id, by=BAO).status == "approved"


def test_a_program_decides_nothing(ada_and_her_key, db):
    """Neither its maker's proposal nor another's; the database says so too."""
    _, key = ada_and_her_key
    id = propose()

    for decide_it in (approve, reject):
        with pytest.raises(FourEyesRequired):
            decide_it(id, by=key)
    with pytest.raises(psycopg.errors.CheckViolation, match="a_program_decides_nothing"):
        db.rows("UPDATE approvals SET status = 'approved', decided_by = 'key:key_x', decided_at = now()")


def test_the_database_knows_who_stands_behind_a_key(ada_and_her_key, db):
    """With the check of the code off, the constraint's name is what refuses."""
    ada, key = ada_and_her_key
    propose(proposer=key)

    with pytest.raises(psycopg.errors.CheckViolation, match="four_eyes_behind_a_key"):
        db.rows(
            "UPDATE approvals SET status = 'approved', decided_by = %(ada)s, decided_at = now()", ada=str(ada)
        )


def test_what_is_over_is_withdrawn_and_asked_of_nobody(db):
    """Also by whoever proposed it; a decision that was taken stays."""
    id, other = propose(), propose("po_y")

    approve(other)
    with atomic() as session:
        ended = [approvals.withdraw(session, each, by=ADA, reason="called off") for each in (id, id, other)]

    assert ended == [True, False, False]
    assert (get_approval(id).status, get_approval(other).status) == ("withdrawn", "approved")
    assert db.value("SELECT reason FROM audit_log WHERE action = 'approval.withdraw'") == "called off"
    assert db.value("SELECT count(*) FROM events WHERE type = 'approval.withdrawn'") == 1


def test_the_database_says_so_too(db, monkeypatch):
    """With the check of the code off, the constraint's name is what refuses."""
    id = propose()

    with pytest.raises(psycopg.errors.CheckViolation, match="four_eyes"):
        db.rows("UPDATE approvals SET status = 'approved', decided_by = 'user:usr_ada', decided_at = now()")
    assert get_approval(id).status == "pending"


def test_what_was_proposed_cannot_be_changed_by_the_application(db):
    propose()

    for column in ("proposal = '{}'", "proposer = 'person:usr_cai'", "subject = 'po_y'"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), db.connect() as connection:
            connection.execute("SET ROLE checkout_app")
            connection.execute(f"UPDATE approvals SET {column}")


@pytest.mark.parametrize("first", [approve, reject])
def test_decided_is_decided(db, first):
    id = propose()
    first(id)

    for again in (approve, reject):
        with pytest.raises(InvalidApprovalState) as refused:
            again(id, by=CAI)
        assert refused.value.extra["approval_status"] == get_approval(id).status


def outcomes_of_a_race(id):
    return at_once(lambda: approve(id, by=BAO), lambda: reject(id, by=CAI), lambda: approve(id, by=CAI))


def test_of_several_decisions_at_once_one_counts(db):
    id = propose()

    outcomes = outcomes_of_a_race(id)

    decided = [outcome for outcome in outcomes if not isinstance(outcome, InvalidApprovalState)]
    assert len(decided) == 1
    assert get_approval(id).decided_by == decided[0].decided_by
    assert db.value("SELECT count(*) FROM events WHERE type <> 'approval.proposed'") == 1


def test_without_the_guard_more_than_one_would(db, monkeypatch):
    """The control: a transition that asks for no state, on a row that nobody locked."""

    def unguarded(connection, machine, id, *, to, cause, set):
        connection.exec_driver_sql(
            "UPDATE approvals SET status = %(to)s, decided_by = %(decided_by)s, decided_at = %(decided_at)s,"
            " reason = %(reason)s WHERE id = %(id)s",
            {"id": id, "to": to, **set},
        )
        return 2

    monkeypatch.setattr(decide, "transition", unguarded)

    outcomes = outcomes_of_a_race(propose())

    assert sum(not isinstance(outcome, InvalidApprovalState) for outcome in outcomes) > 1


def test_a_rejection_says_why(db):
    id = propose()

    with pytest.raises(InvalidParameter):
        reject(id, reason="  ")
    with pytest.raises(InvalidParameter):
        reject(id, reason="x" * 501)

    assert reject(id).reason == "not now"


def test_nobody_decides_after_its_end_and_the_end_is_told(db, monkeypatch):
    monkeypatch.setitem(subscribers.DECISIONS, "payout.send", ("payouts.decided",))
    id, later = propose(lasts=timedelta(hours=1)), propose("po_y")
    clock.configure(offset_seconds=3_601)

    with pytest.raises(InvalidApprovalState):
        approve(id)
    assert (expire(), expire()) == (1, 0)

    assert (get_approval(id).status, get_approval(later).status) == ("expired", "pending")
    assert db.value("SELECT count(*) FROM tasks") == 1
    assert db.value("SELECT count(*) FROM events WHERE type = 'approval.expired'") == 1


def test_one_thing_has_one_open_proposal(db):
    id = propose()
    with pytest.raises(AlreadyProposed):
        propose()

    reject(id)

    assert propose() != id


def test_unknown_ones_are_not_there(db):
    with pytest.raises(NotFound):
        get_approval(new_uuid())
    with pytest.raises(NotFound):
        approve(new_uuid())


def test_they_are_listed_newest_first_page_by_page(db):
    made = [get_approval(propose(f"po_{number}")) for number in range(3)]
    approve(made[0].id)

    edge = (made[2].created_at, made[2].id)
    assert [each.id for each in list_approvals(limit=10)] == [each.id for each in reversed(made)]
    assert [each.id for each in list_approvals(limit=10, status="pending")] == [made[2].id, made[1].id]
    assert [each.id for each in list_approvals(limit=1, after=edge)] == [made[1].id]
    assert [each.id for each in list_approvals(limit=1, before=(made[1].created_at, made[1].id))] == [
        made[2].id
    ]


def test_every_state_is_listed():
    assert set(STATUSES) == APPROVAL.states
