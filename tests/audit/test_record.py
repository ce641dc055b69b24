"""What an audit row says of who acts, and what it never holds."""

import json
import threading

import psycopg
import pytest
from psycopg import errors

from checkout import audit
from checkout.audit import context
from checkout.audit.redact import redacted, redacted_text
from checkout.db.session import atomic

CARD = "4242 4242 4242 4242"
EMAIL = "jo.planted@example.org"
KEY = "sk_live_a1b2c3d4_0123456789abcdefghijklmnopqrstuv"
TOKEN = "Zm9vYmFyQmF6MTIzNDU2Nzg5MGFiY2RlZmdoaWprbA"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ACCOUNT = "DE89 3704 0044 0532 0130 00"
PLANTED = {"card": CARD, "email": EMAIL, "key": KEY, "token": TOKEN, "seed": SEED, "account": ACCOUNT}


@pytest.fixture(autouse=True)
def _nobody_afterwards():
    yield
    context.end()


def record(actor="cli:ada", **more):
    with atomic() as session:
        audit.record(session, actor=actor, action="test.act", object="pay_1", **more)


def the_row(db):
    (row,) = db.rows("SELECT actor, role, host(ip) AS ip, request_id, before, after, reason FROM audit_log")
    return row


def test_the_edge_says_who_and_from_where(db):
    """A cause that only names the request is whoever sent it; address and request need not be handed on."""
    context.begin(ip="203.0.113.7", request_id="req_1")
    context.known_as("key:key_1", "api_key")

    record(actor="request:req_1")

    row = the_row(db)
    assert (row["actor"], row["role"]) == ("key:key_1", "api_key")
    assert (row["ip"], row["request_id"]) == ("203.0.113.7", "req_1")


def test_what_is_told_wins(db):
    context.begin(ip="203.0.113.7", request_id="req_1")
    context.known_as("key:key_1", "api_key")

    record(actor="person:usr_2", role="finance", ip="192.0.2.9", request_id="req_2")

    row = the_row(db)
    assert list(row.values())[:4] == ["person:usr_2", "finance", "192.0.2.9", "req_2"]


def test_nobody_is_taken_for_whoever_came_before(db):
    """The request is over: the next row of the thread has no caller but what its cause says, and other threads never had
    this one."""
    context.begin(ip="203.0.113.7", request_id="req_1")
    context.known_as("key:key_1", "api_key")
    seen = []
    other = threading.Thread(target=lambda: seen.append(context.author()))
    other.start()
    other.join()
    context.end()

    record(actor="request:req_9")

    assert seen == [context.NOBODY]
    assert list(the_row(db).values())[:4] == ["request:req_9", None, None, "req_9"]


def test_a_task_inside_a_task_gives_back_the_outer_one():
    with context.acting("task:tsk_1", "outer"):
        with context.acting("task:tsk_2", "inner"):
            assert context.author().actor == "task:tsk_2"
        assert context.author().actor == "task:tsk_1"
    assert context.author() == context.NOBODY


@pytest.mark.parametrize("kind", PLANTED)
def test_nothing_planted_is_kept(db, kind):
    """In a member of its own name, in one that is listed, nested, and in the reason."""
    secret = PLANTED[kind]
    record(
        before={kind: secret, "name": f"x {secret}", "proposal": {"amount": 5, kind: secret}},
        after={"origins": [secret], "category_bps": {secret: 100}},
        reason=f"they said {secret} to us",
    )

    row = the_row(db)
    kept = json.dumps([row["before"], row["after"]]) + row["reason"]
    assert secret not in kept
    assert row["before"]["proposal"]["amount"] == 5
    assert row["reason"].startswith("they said [")


def test_members_that_nobody_listed_are_left_out():
    assert redacted({"status": "paid", "shoe_size": 44}) == {"status": "paid", "shoe_size": "[left out]"}


@pytest.mark.parametrize(
    "text",
    ["pay_01m7z9a3g6ertsz9dkyh8v9yw9", "018f6a52-7c1e-7aaa-8bbb-0123456789ab", "sk_test_a1b2c3d4", "https://shop.example",
     "order_amounts_do_not_add_up_in_this_long_code", "Ada's Pottery"],
)  # fmt: skip
def test_ids_and_words_stay_as_they_are(text):
    assert redacted_text(text) == text


@pytest.mark.parametrize("role", ["checkout_app", None])
@pytest.mark.parametrize("table", ["audit_log", "audit_seals", "audit_checks"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_rows_of_record_cannot_be_changed(db, role, table, change):
    """Not by the application, which has no right to, and not by the owner, whom a trigger stops."""
    record()
    db.rows("INSERT INTO audit_seals VALUES (1, 1, 1, 1, sha256(''), sha256(''), sha256(''), now())")
    db.rows("INSERT INTO audit_checks VALUES (gen_random_uuid(), now(), 1, 1, 1, sha256(''), 0, NULL)")
    column = "number" if table == "audit_seals" else "id"
    expected = errors.InsufficientPrivilege if role else errors.RestrictViolation

    options = f"-c role={role}" if role else ""
    with (
        psycopg.connect(db.url, autocommit=True, options=options) as connection,
        pytest.raises(expected),
    ):
        connection.execute(change.format(table, column, column))

    assert db.value(f"SELECT count(*) FROM {table}") == 1
