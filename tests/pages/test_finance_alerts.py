"""The alerts' pages: found and sorted, given to somebody in bulk only as they were shown, explained with the entry seen
first, and opened again."""

from __future__ import annotations

import re

import pytest

from checkout.alerts import open_alert
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from tests.pages.people import send, signed_in, somebody
from tests.pages.reconciling import halves, one_short
from tests.reconciliation.conftest import compare

WHY = "The PSP wrote that it owes us this"


@pytest.fixture
def night(db, app):
    return one_short(db)


@pytest.fixture
def finance(db, client):
    return signed_in(client, somebody(db, "finance", name="Grace Hopper"))


def warn(code, minor=None, currency="EUR", severity="high"):
    with atomic() as session:
        amount = Money(minor, currency) if minor is not None else None
        return open_alert(
            session, code=code, severity=severity, subject="stripe", detail="Look", amount=amount
        )


def fields_of(page, action):
    """The hidden fields of the form that goes to an address."""
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def preview(client, night, **asked):
    return client.get(f"/finance/alerts/{night.alert}/resolve", query_string=asked)


def resolve(client, night, note=WHY, **asked):
    action = f"/finance/alerts/{night.alert}/resolve"
    fields = fields_of(preview(client, night, **asked).text, action)
    return client.post(action, data={**fields, "note": note}, headers={"Origin": "http://localhost"})


def test_both_sides_stand_beside_each_other_with_the_raw_row(night, finance):
    """24.90 ours, 23.90 theirs, 1.00 between them; the line as it stands in the file."""
    page = finance.get(f"/finance/alerts/{night.alert}").text

    assert "24.90" in page
    assert "23.90" in page
    assert night.content.decode().splitlines()[1] in page
    differing, _, equal = page.partition("What differs")[2].partition("are the same")
    assert ("Gross" in differing, "Currency" in differing) == (True, False)
    assert "Currency" in equal


def test_the_entry_is_shown_before_it_is_posted_and_posted_once(db, night, finance):
    """1.00 from psp_balance to psp_claims; the form sent twice posts one entry, and the day is closed afterwards."""
    shown = preview(finance, night, way="psp_claim").text
    assert "PSP claims" in shown
    assert "Post it: 1.00" in shown
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'psp_claimed'") == 0

    first = resolve(finance, night, way="psp_claim")
    assert first.headers["Location"].endswith("?done=resolve")
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'psp_claimed'") == 1
    assert "Resolved" in finance.get(f"/finance/alerts/{night.alert}").text
    compare()
    assert "Closed: 2 rows received" in finance.get(f"/finance/reconciliation/runs/{night.run}").text


def test_the_same_form_sent_again_leads_to_what_came_of_it(db, night, finance):
    """A double click is one resolution."""
    action = f"/finance/alerts/{night.alert}/resolve"
    fields = fields_of(preview(finance, night, way="psp_claim").text, action)
    sent = {"data": {**fields, "note": WHY}, "headers": {"Origin": "http://localhost"}}

    answers = [finance.post(action, **sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'psp_claimed'") == 1


@pytest.mark.parametrize(
    ("asked", "note", "status", "said"),
    [
        ({"way": "psp_claim"}, "ok", 422, "in 10 characters or more"),
        ({"way": "duplicate_ignored"}, WHY, 422, "Choose how it is explained"),
        ({"way": "post_correction"}, WHY, 422, "Choose the account that explains it"),
        ({"way": "looked_into"}, WHY, 422, "Choose how it is explained"),
    ],
)
def test_a_resolution_that_is_not_sound_says_why(db, night, finance, asked, note, status, said):
    """And nothing is posted: the alert waits as before."""
    answer = preview(finance, night, **asked)
    if asked["way"] == "psp_claim":
        answer = resolve(finance, night, note, **asked)

    assert (answer.status_code, said in answer.text) == (status, True)
    assert db.value("SELECT status FROM alerts WHERE code = 'amount_mismatch'") == "open"


def test_a_write_off_goes_to_a_second_person(db, night, finance):
    """Nothing is posted; it stands among the approvals with its amount and its alert."""
    answer = resolve(finance, night, way="write_off")

    assert answer.headers["Location"].endswith("?done=propose")
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'settlement_written_off'") == 0
    approvals = finance.get("/finance/approvals").text
    assert "Write off a difference: " in approvals
    assert f"/finance/alerts/{night.alert}" in approvals
    again = resolve(finance, night, way="write_off")
    assert again.status_code == 409


def test_it_is_opened_again_with_a_reason(db, night, finance):
    resolve(finance, night, way="psp_claim")
    page = f"/finance/alerts/{night.alert}"

    assert send(finance, page, f"{page}/reopen", reason=" ").status_code == 422
    assert send(finance, page, f"{page}/reopen", reason="The PSP denies it").status_code == 303
    assert db.value("SELECT status FROM alerts WHERE code = 'amount_mismatch'") == "open"
    assert "The PSP denies it" in finance.get(page).text
    assert send(finance, page, f"{page}/reopen", reason="Again").status_code == 409


@pytest.mark.parametrize(("code", "minor", "status"), [("file_missing", None, 303), ("books", 100, 422)])
def test_what_states_no_amount_is_closed_by_a_note_and_what_does_is_not(db, finance, code, minor, status):
    """A missing file may be looked into; books that do not agree by 1.00 are not closed from here."""
    path = f"/finance/alerts/{encode('alr', warn(code, minor))}/resolve"
    shown = finance.get(f"{path}?way=looked_into")
    form = {**fields_of(shown.text, path), "note": WHY}

    answer = finance.post(path, data=form, headers={"Origin": "http://localhost"}) if status == 303 else shown

    assert answer.status_code == status
    assert db.value("SELECT status FROM alerts") == ("resolved" if status == 303 else "open")


def listed(client, query=""):
    """The words of the alerts that the list shows, in its order."""
    page = client.get(f"/finance/alerts?{query}").text.partition("<tbody")[2].partition("</tbody>")[0]
    return [word.strip() for word in re.findall(r'scope="row"[^>]*><a[^>]*>([^<]+)</a>', page)]


def test_the_list_shows_the_worst_first_and_sorts(db, night, finance):
    """A critical one before the difference of 1.00; then by amount in minor units, and by the day that is due."""
    warn("ledger_unbalanced", 5, severity="critical")
    warn("yen_more", 120_000, "JPY")
    warn("yen_less", 90, "JPY")
    db.rows("UPDATE alerts SET due_on = '2026-04-01' WHERE code = 'yen_less'")

    assert listed(finance) == ["Books do not agree", "Amount differs", "Yen more", "Yen less"]
    assert listed(finance, "sort=amount")[:2] == ["Yen more", "Amount differs"]
    assert listed(finance, "sort=due")[0] == "Yen less"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("over=100", ["Yen more"]),
        ("over=0&upto=90&currency=jpy", ["Yen less"]),
        ("upto=1&currency=KWD", ["Dinar"]),
        ("code=amount_mismatch&psp=stripe&day=2026-03-14&assignee=none&age=0-1", ["Amount differs"]),
        ("run={run}", ["Amount differs"]),
        ("parent={alert}", ["Yen less"]),
        ("assignee=me", ["Yen more"]),
        ("assignee={hedy}", ["Yen less"]),
        ("age=8-30", ["Dinar"]),
        ("age=2%2B", ["Dinar"]),
        ("status=assigned", ["Yen more"]),
        ("seller=sel_01jnqg8s7rf4r9jw9d3vvtxs3a", []),
    ],
)  # fmt: skip
def test_the_list_is_filtered(db, night, client, query, found):
    """Each filter alone: a range in whole units is 1 yen, 1.00 euro and 1.000 dinar."""
    signed_in(client, grace := somebody(db, "finance", name="Grace Hopper"))
    hedy = f"person:{somebody(db, 'finance', name='Hedy Lamarr').public_id}"
    warn("yen_more", 120_000, "JPY")
    warn("yen_less", 90, "JPY")
    warn("dinar", 1000, "KWD")
    db.rows(
        "UPDATE alerts SET status = 'assigned', assignee = %(me)s WHERE code = 'yen_more'",
        me=f"person:{grace.public_id}",
    )
    db.rows("UPDATE alerts SET created_at = now() - interval '9 days' WHERE code = 'dinar'")
    db.rows("UPDATE alerts SET parent_id = %(of)s, assignee = %(who)s WHERE code = 'yen_less'",
            of=decode("alr", night.alert), who=hedy)  # fmt: skip

    assert listed(client, query.format(run=night.run, alert=night.alert, hedy=hedy)) == found


def test_a_filter_that_is_none_is_said(finance):
    assert finance.get("/finance/alerts?over=x&currency=zzz&run=alr_1").status_code == 422


def test_pages_of_the_list_lead_to_each_other(night, finance, db):
    """51 alerts: the 51st stands on the second page, and the way back shows the first fifty."""
    for n in range(50):
        warn(f"kind_{n}", n + 1)
    first = finance.get("/finance/alerts?sort=amount").text
    after = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = finance.get(after).text
    assert second.count('scope="row"') == 1
    back = re.search(r'rel="prev" href="([^"]+)"', second)[1].replace("&amp;", "&")
    assert finance.get(back).text.count('scope="row"') == 50


def test_who_may_only_read_sees_no_form(db, client, night):
    auditor = signed_in(client, somebody(db, "auditor"))

    page = auditor.get(f"/finance/alerts/{night.alert}").text

    assert "Needs role" in page
    assert "See what this posts" not in page
    listed = auditor.get("/finance/alerts").text
    assert ("Several at once" in listed, "Select alert" in listed) == (False, False)
    assert auditor.get("/finance/alerts/bulk?deed=assign&of=all").status_code == 403


def test_what_may_be_the_same_is_named_with_the_reason(db, finance):
    """Ours of 24.90 that no row tells of, theirs of 24.90 under a number nobody knows: shown at each other."""
    halves(db)

    theirs = db.value("SELECT id FROM alerts WHERE code = 'unknown_reference'")
    page = finance.get(f"/finance/alerts/{encode('alr', theirs)}").text

    assert "The same amount the other way round; the same day." in page
