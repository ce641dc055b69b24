"""The same done to many alerts: their scope is said in a sentence first, and it is done to these, or to none."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from checkout.core import clock
from checkout.core.ids import encode
from tests.pages.people import signed_in, somebody
from tests.pages.reconciling import one_short
from tests.pages.test_finance_alerts import WHY, warn
from tests.reconciliation.conftest import Night, changed, compare, csv_of, receive

BULK = "/finance/alerts/bulk"
ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def grace(db, client):
    who = somebody(db, "finance", name="Grace Hopper")
    signed_in(client, who)
    return who


def two_short(db):
    """1.00 and 2.40 too little; the ids of both alerts."""
    night = Night()
    first, second = night.charge(2490, 102), night.charge(1000, 59)
    receive(csv_of([changed(first, gross=2390), changed(second, gross=760)]))
    compare()
    return [encode("alr", row["id"]) for row in db.rows("SELECT id FROM alerts ORDER BY abs(amount_minor)")]


def ask(client, **asked):
    return client.get(BULK, query_string={"of": "all", **asked})


def fields_of(page):
    """All hidden fields of the form that changes something."""
    form = page.rpartition('<form method="post" action="/finance/alerts/bulk"')[2].partition("</form>")[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


def act(client, shown, **typed):
    return client.post(BULK, data={**fields_of(shown.text), **typed}, headers=ORIGIN)


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_scope_is_a_sentence_before_anything_is_done(db, grace, client):
    """Two of one type with their sum; with another one beside them, how many of which, currency by currency."""
    two_short(db)
    assert "2 alerts of Amount differs , together 3.40 EUR" in words(ask(client, deed="assign").text)
    warn("yen_more", 90, "JPY")
    warn("yen_less", -30, "JPY")

    said = words(ask(client, deed="snooze").text)

    assert "4 alerts: 2 Amount differs, 1 Yen less, 1 Yen more, together 3.40 EUR and 60 JPY" in said
    assert "( 90 JPY and -30 JPY )" in said
    assert db.value("SELECT count(*) FROM alerts WHERE status <> 'open'") == 0


def test_those_that_are_ticked_are_given_to_somebody(db, grace, client):
    """One of two; the list says what came of it, and the other is left alone."""
    first, _ = two_short(db)
    hedy = somebody(db, "finance_approver", name="Hedy Lamarr")
    shown = ask(client, deed="assign", of="ticked", alert=first)
    assert "1 alert of Amount differs , together 1.00 EUR" in words(shown.text)

    answer = act(client, shown, to=f"person:{hedy.public_id}")

    assert answer.status_code == 303
    assert "1 alert is given." in client.get(answer.headers["Location"]).text
    rows = db.rows("SELECT assignee FROM alerts ORDER BY abs(amount_minor)")
    assert [row["assignee"] for row in rows] == [f"person:{hedy.public_id}", None]


@pytest.mark.parametrize("to", ["", "person:usr_01jnqg8s7rf4r9jw9d3vvtxs3a", "system"])
def test_nobody_gets_alerts_who_may_not_work_on_them(db, grace, client, to):
    two_short(db)

    answer = act(client, ask(client, deed="assign"), to=to)

    assert answer.status_code == 422
    assert db.value("SELECT count(*) FROM alerts WHERE assignee IS NOT NULL") == 0


def test_they_are_put_off_until_a_day_with_a_reason(db, grace, client):
    two_short(db)
    shown = ask(client, deed="snooze")
    day = (clock.utcnow() + timedelta(days=3)).date().isoformat()
    for wrong in ({"until": "soon", "reason": "x"}, {"until": "1999-01-01", "reason": "x"},
                  {"until": day, "reason": " "}):  # fmt: skip
        assert act(client, shown, **wrong).status_code == 422
    assert db.value("SELECT count(*) FROM alerts WHERE status = 'snoozed'") == 0

    assert act(client, shown, until=day, reason="The PSP looks into it").status_code == 303

    assert db.value("SELECT count(*) FROM alerts WHERE status = 'snoozed'") == 2


def test_it_is_refused_once_the_count_has_moved_or_others_match(db, grace, client):
    """Two were shown. A third comes: nothing is done. One goes: as many match, but nobody has seen these."""
    one_short(db)
    gone = warn("file_missing")
    shown, to = ask(client, deed="assign"), f"person:{grace.public_id}"
    warn("file_late")

    more = act(client, shown, to=to)
    db.rows("UPDATE alerts SET status = 'resolved', resolution = 'x', resolved_by = 'x', resolved_at = now()"
            " WHERE id = %(id)s", id=gone)  # fmt: skip
    others = act(client, shown, to=to)

    assert (more.status_code, "Now 3 match. Review again" in more.text) == (409, True)
    assert (others.status_code, "not the same ones" in others.text) == (409, True)
    assert db.value("SELECT count(*) FROM alerts WHERE assignee IS NOT NULL") == 0


def test_one_that_is_resolved_meanwhile_stops_all(db, grace, client):
    """Both or neither: the other one is not given either."""
    first, second = two_short(db)
    shown = ask(client, deed="assign", of="ticked", alert=[first, second])
    db.rows("UPDATE alerts SET status = 'resolved', resolution = 'x', resolved_by = 'x', resolved_at = now()"
            " WHERE id = (SELECT max(id::text)::uuid FROM alerts)")  # fmt: skip

    assert act(client, shown, to=f"person:{grace.public_id}").status_code == 409
    assert db.value("SELECT count(*) FROM alerts WHERE assignee IS NOT NULL") == 0


def test_they_hang_on_a_cause(db, grace, client):
    """Both of them on the file that was missing; not on something that is no alert."""
    first, second = two_short(db)
    cause = encode("alr", warn("file_missing"))
    shown = ask(client, deed="cause", of="ticked", alert=[first, second])
    assert act(client, shown, parent="file_x", note=WHY).status_code == 422
    assert act(client, shown, parent=cause, note="").status_code == 422

    assert act(client, shown, parent=cause, note=WHY).status_code == 303

    assert db.value("SELECT count(*) FROM alerts WHERE parent_id IS NOT NULL") == 2
    assert "2 alerts hang" not in client.get(f"/finance/alerts?parent={cause}").text
    assert client.get(f"/finance/alerts?parent={cause}").text.count("Select alert") == 2


def test_one_way_resolves_all_of_one_type_with_its_entries_shown_first(db, grace, client):
    """Two entries, 3.40 from the PSP's balance onto claims; sent twice they are posted once."""
    two_short(db)
    shown = ask(client, deed="resolve", way="psp_claim")
    said = words(shown.text)
    assert "2 entries" in said
    assert "PSP claims stripe 3.40 EUR" in said

    answers = [act(client, shown, note=WHY) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert "2 alerts are resolved" in client.get(answers[0].headers["Location"]).text
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'psp_claimed'") == 2
    assert db.value("SELECT count(*) FROM alerts WHERE status = 'resolved'") == 2


def test_alerts_of_two_types_are_not_resolved_together(db, grace, client):
    """Nor two of which only one could be, nor without a note; nothing is posted."""
    two_short(db)
    good = ask(client, deed="resolve", way="psp_claim")
    assert act(client, good, note="ok").status_code == 422
    warn("file_missing")

    shown = ask(client, deed="resolve", way="psp_claim")

    assert "Only alerts of one type are resolved together" in shown.text
    forged = act(client, good, note=WHY, expected="3", set=fields_of(ask(client, deed="assign").text)["set"])
    assert forged.status_code == 409
    assert db.value("SELECT count(*) FROM alerts WHERE status = 'resolved'") == 0


def test_write_offs_of_several_wait_for_a_second_person_each(db, grace, client):
    two_short(db)
    shown = ask(client, deed="resolve", way="write_off")
    assert "A second person decides about each" in shown.text

    answer = act(client, shown, note=WHY)

    assert "2 write-offs wait for a second person" in client.get(answer.headers["Location"]).text
    assert db.value("SELECT count(*) FROM approvals WHERE status = 'pending'") == 2
    assert db.value("SELECT count(*) FROM alerts WHERE status = 'resolved'") == 0


def test_alerts_of_no_amount_are_closed_together_by_a_note(db, grace, client):
    warn("file_late")
    warn("file_late")

    answer = act(client, ask(client, deed="resolve"), note=WHY)

    assert answer.status_code == 303
    assert db.value("SELECT count(*) FROM alerts WHERE status = 'resolved'") == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"deed": "assign", "of": "ticked"}, "None is chosen"),
        ({"deed": "eat"}, "Choose what is done to them"),
        ({"deed": "assign", "over": "x"}, "A whole number"),
        ({"deed": "assign", "of": "ticked", "alert": "alr_x"}, "None is chosen"),
    ],
)
def test_a_question_that_is_not_sound_is_said(db, grace, client, asked, said):
    two_short(db)

    answer = ask(client, **asked)

    assert (answer.status_code, said in answer.text) == (422, True)
