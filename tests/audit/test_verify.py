"""Sealing the audit log and proving it: what is there is sealed once, and whatever an owner of the database changes past
the triggers is named."""

import psycopg
import pytest

from checkout import audit
from checkout.audit import rows, seals
from checkout.audit.seals import seal_audit_log, settled_sequence
from checkout.audit.verify import keep, last_check, verify_audit_log
from checkout.core.merkle import GENESIS
from checkout.db.session import atomic

INSERT = "INSERT INTO audit_log (id, at, actor, action, object) VALUES (gen_random_uuid(), now(), 'cli:eve', 'x', 'y')"


def act(count):
    for number in range(count):
        with atomic() as session:
            audit.record(
                session,
                actor="person:usr_1",
                action="role.grant",
                object=f"usr_{number}",
                before={"status": "active"},
                after={"role": "admin"},
                reason="asked for",
                role="admin",
                ip="203.0.113.7",
                request_id=f"req_{number}",
            )


def tamper(db, statement):
    """As the database's owner, past every trigger."""
    with psycopg.connect(db.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


def first(db):
    return db.value("SELECT min(sequence) FROM audit_log")


def test_every_row_is_sealed_once_and_the_seals_follow_on_one_another(db):
    act(3)
    (one,) = seal_audit_log()
    act(2)
    (two,) = seal_audit_log()

    assert [(s.number, s.entries) for s in (one, two)] == [(1, 3), (2, 2)]
    assert two.first_sequence == one.last_sequence + 1
    assert seal_audit_log() == []
    proof = verify_audit_log()
    assert proof.holds
    assert (proof.rows, proof.seals, proof.unsealed_rows) == (5, 2, 0)
    assert (proof.through_sequence, proof.head_digest) == (two.last_sequence, two.digest)


def test_rows_after_the_last_seal_are_counted_as_not_covered(db):
    act(2)
    seal_audit_log()
    act(1)

    proof = verify_audit_log()

    assert proof.holds
    assert (proof.rows, proof.unsealed_rows) == (3, 1)


def test_an_empty_log_holds(db):
    proof = verify_audit_log()

    assert proof.holds
    assert (proof.rows, proof.head_digest) == (0, GENESIS)


def test_a_batch_is_bounded_and_the_rest_follows_at_once(db, monkeypatch):
    monkeypatch.setattr(seals, "SEAL_ROWS_AT_MOST", 2)
    monkeypatch.setattr(rows, "PAGE_ROWS", 2)
    act(5)

    assert [seal.entries for seal in seal_audit_log()] == [2, 2, 1]
    assert verify_audit_log().rows == 5


CHANGES = {
    "who": "UPDATE audit_log SET actor = 'person:usr_2' WHERE sequence = {first}",
    "in which role": "UPDATE audit_log SET role = 'auditor' WHERE sequence = {first}",
    "no role": "UPDATE audit_log SET role = NULL WHERE sequence = {first}",
    "what": "UPDATE audit_log SET action = 'role.revoke' WHERE sequence = {first}",
    "to what": "UPDATE audit_log SET object = 'usr_9' WHERE sequence = {first}",
    "before": "UPDATE audit_log SET before = '{{}}' WHERE sequence = {first}",
    "after": "UPDATE audit_log SET after = jsonb_set(after, '{{role}}', '\"auditor\"') WHERE sequence = {first}",
    "why": "UPDATE audit_log SET reason = NULL WHERE sequence = {first}",
    "when": "UPDATE audit_log SET at = at - interval '1 microsecond' WHERE sequence = {first}",
    "from where": "UPDATE audit_log SET ip = '192.0.2.1' WHERE sequence = {first}",
    "by which request": "UPDATE audit_log SET request_id = 'req_x' WHERE sequence = {first}",
    "its id": "UPDATE audit_log SET id = gen_random_uuid() WHERE sequence = {first}",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_row_is_named(db, column):
    """Whatever column it was: the row by its sequence, and that a row of the seal is gone is not said besides."""
    act(3)
    seal_audit_log()
    tamper(db, CHANGES[column].format(first=first(db)))

    proof = verify_audit_log()

    assert [(d.code, d.subject) for d in proof.differences] == [("row_not_as_sealed", f"row {first(db)}")]


OTHERWISE = {
    "a row gone": ("DELETE FROM audit_log WHERE sequence = {first} + 1", {("row_missing", "seal 1")}),
    "a row added later": (
        INSERT.replace("id,", "sequence, id,").replace("VALUES (", "OVERRIDING SYSTEM VALUE VALUES ({first} - 1, "),
        {("row_not_as_sealed", "row {before}")},
    ),
    "two rows changed places": (
        "WITH a AS (SELECT id, sequence FROM audit_log WHERE sequence IN ({first}, {first} + 1))"
        " UPDATE audit_log l SET object = CASE l.object WHEN 'usr_0' THEN 'usr_1' ELSE 'usr_0' END FROM a WHERE a.id = l.id",
        {("row_not_as_sealed", "row {first}"), ("row_not_as_sealed", "row {second}")},
    ),
    "a seal gone": ("DELETE FROM audit_seals WHERE number = 1",
                    {("seal_missing", "seal 1"), ("seal_range", "seal 2"), ("seal_digest", "seal 2"),
                     *{("row_not_as_sealed", f"row {{{name}}}") for name in ("first", "second", "third")}}),
    "a seal's digest": ("UPDATE audit_seals SET digest = sha256('x') WHERE number = 1",
                        {("seal_digest", "seal 1"), ("seal_digest", "seal 2")}),
    "a seal's root": ("UPDATE audit_seals SET merkle_root = sha256('x') WHERE number = 2",
                      {("seal_root", "seal 2"), ("seal_digest", "seal 2")}),
    "a seal's leaves": ("UPDATE audit_seals SET leaves = sha256('x') || substr(leaves, 33) WHERE number = 2",
                        {("seal_root", "seal 2"), ("row_not_as_sealed", "row {fourth}")}),
}  # fmt: skip


@pytest.mark.parametrize("way", OTHERWISE)
def test_every_other_way_is_named_too(db, way):
    """Rows gone, added or exchanged; seals gone or changed."""
    db.rows("SELECT nextval('audit_log_sequence_seq')")  # a number that a rollback left unused
    act(3)
    seal_audit_log()
    act(1)
    seal_audit_log()
    start = first(db)
    names = {
        "before": start - 1,
        "first": start,
        "second": start + 1,
        "third": start + 2,
        "fourth": start + 3,
    }
    statement, expected = OTHERWISE[way]
    tamper(db, statement.format(first=start))

    found = {(d.code, d.subject) for d in verify_audit_log().differences}

    assert found == {(code, subject.format(**names)) for code, subject in expected}


def test_the_newest_rows_cut_off_with_their_seal_show_by_the_head(db):
    """The rest still holds: only the digest that was kept elsewhere tells."""
    act(2)
    seal_audit_log()
    act(2)
    seal_audit_log()
    kept = verify_audit_log().head_digest
    tamper(
        db,
        f"DELETE FROM audit_log WHERE sequence > {first(db)} + 1; DELETE FROM audit_seals WHERE number = 2",
    )

    proof = verify_audit_log()

    assert proof.holds
    assert proof.head_digest != kept


def test_a_row_that_commits_late_is_waited_for(db):
    """Its number is below that of one that is there already; sealed without it, it would look like a forgery."""
    act(1)
    with psycopg.connect(db.url) as slow:
        slow.execute(INSERT)
        act(1)
        assert settled_sequence(wait_seconds=0.1) is None
        slow.commit()

    (seal,) = seal_audit_log()

    assert seal.entries == 3
    assert verify_audit_log().holds


def test_control_sealing_without_the_wait_is_caught(db, monkeypatch):
    act(1)
    with psycopg.connect(db.url) as slow:
        slow.execute(INSERT)
        act(1)
        monkeypatch.setattr(seals, "settled_sequence", lambda: 10**9)
        seal_audit_log()
        slow.commit()

    proof = verify_audit_log()

    assert [d.code for d in proof.differences] == ["row_not_as_sealed"]


def test_what_a_proof_found_is_kept(db):
    """The last one counts, with the first difference in words."""
    assert last_check() is None
    act(1)
    seal_audit_log()
    for statement in ("SELECT 1", CHANGES["who"].format(first=first(db))):
        tamper(db, statement)
        proof = verify_audit_log()
        with atomic() as session:
            keep(session, proof)

    check = last_check()

    assert (check.rows, check.through_sequence, check.differences) == (1, first(db), 1)
    assert check.first_difference.startswith(f"row {first(db)}: role.grant of usr_0: changed or added")
    assert db.value("SELECT count(*) FROM audit_checks") == 2
