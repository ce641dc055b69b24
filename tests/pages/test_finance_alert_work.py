"""Working on one alert: given, handed on, hung on a cause, asked about; joined with its other half, explained in parts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from checkout.core import business_day, clock
from checkout.core.ids import encode
from tests.pages.people import send, signed_in, somebody
from tests.pages.reconciling import halves, joined, one_short
from tests.pages.seed import seed
from tests.pages.test_finance_alerts import WHY, fields_of, warn

ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def finance(db, client):
    return signed_in(client, somebody(db, "finance", name="Grace Hopper"))


def page_of(alert):
    return f"/finance/alerts/{alert}"


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\N{NO-BREAK SPACE}", " ").split())


def resolve(client, alert, note=WHY, **asked):
    action = f"{page_of(alert)}/resolve"
    shown = client.get(action, query_string=asked)
    return client.post(action, data={**fields_of(shown.text, action), "note": note}, headers=ORIGIN)


def test_what_is_left_is_reckoned_while_records_are_ticked(db, finance):
    """24.90 until its other half is ticked, then 0.00: in the part that changes, and on the page without scripts."""
    ours, theirs = halves(db)

    assert "Left to explain: 24.90 EUR" in words(finance.get(page_of(ours)).text)
    part = finance.get(f"{page_of(ours)}/left?to={theirs}").text
    assert "Left with what is ticked: 0.00 EUR" in words(part)
    assert 'id="live" hx-swap-oob="innerHTML">Left: 0.00' in part
    page = finance.get(f"{page_of(ours)}?to={theirs}").text
    assert "Left with what is ticked: 0.00 EUR" in words(page)
    assert re.search(rf'value="{theirs}" checked', page)


def test_what_is_ticked_and_cannot_be_joined_is_said_in_its_place(db, finance):
    """An alert of no settlement; no id at all: the page stands as it is."""
    ours, _ = halves(db)
    other = encode("alr", warn("ledger_unbalanced", -2490))

    for to in (other, "alr_x", "<b>"):
        answer = finance.get(page_of(ours), query_string={"to": to})
        assert (answer.status_code, 'id="left"' in answer.text) == (200, True)
        assert "Left with" not in answer.text


def test_of_what_is_no_difference_nothing_is_left(db, finance):
    """An alert of no settlement, and one that there is not: no such page."""
    for alert in (encode("alr", warn("ledger_unbalanced", -2490)), f"alr_{'0' * 26}"):
        assert finance.get(f"{page_of(alert)}/left").status_code == 404


def test_both_halves_are_joined_with_nothing_posted_blindly(db, finance):
    """What it posts is shown first; then both alerts are closed, and nothing of the day is unexplained."""
    ours, theirs = halves(db)
    shown = finance.get(f"{page_of(ours)}/resolve?way=link_records&to={theirs}").text
    assert "Unexplained before: 24.90 EUR . After: 0.00 EUR ." in words(shown)
    assert f"Joined with: {theirs}" in words(shown)

    answer = resolve(finance, ours, way="link_records", to=theirs)

    assert answer.headers["Location"].endswith("?done=link")
    assert {row["status"] for row in db.rows("SELECT status FROM alerts")} == {"resolved"}


def test_joining_with_nothing_or_with_itself_is_refused(db, finance):
    ours, _ = halves(db)
    action = f"{page_of(ours)}/resolve"

    nothing = finance.get(f"{action}?way=link_records")
    itself = finance.get(f"{action}?way=link_records&to={ours}")

    assert (nothing.status_code, "Tick the record that it belongs to" in nothing.text) == (422, True)
    assert itself.status_code == 422
    assert db.value("SELECT count(*) FROM alerts WHERE status = 'resolved'") == 0


def test_a_difference_is_explained_in_parts(db, finance):
    """0.40 of 1.00 is claimed: 0.60 is left, the alert stays open; a part above what is left is refused."""
    night = one_short(db)
    assert "Part, in EUR" in finance.get(page_of(night.alert)).text
    first = resolve(finance, night.alert, way="psp_claim", amount="0.40")
    assert first.headers["Location"].endswith("?done=part")
    assert "Left to explain: 0.60 EUR" in words(finance.get(page_of(night.alert)).text)
    assert finance.get(f"{page_of(night.alert)}/resolve?way=psp_claim&amount=0.61").status_code == 422
    assert finance.get(f"{page_of(night.alert)}/resolve?way=psp_claim&amount=0.6001").status_code == 422

    assert resolve(finance, night.alert, way="psp_claim").headers["Location"].endswith("?done=resolve")

    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'psp_claimed'") == 2
    assert db.value("SELECT status FROM alerts") == "resolved"


def test_it_is_given_to_somebody_or_to_oneself(db, finance):
    """Not to somebody who may not work on alerts."""
    night, hedy = one_short(db), somebody(db, "finance_approver", name="Hedy Lamarr")
    page = page_of(night.alert)
    assert "Assign to me" in finance.get(page).text

    given = send(finance, page, f"{page}/assign", to=f"person:{hedy.public_id}")
    assert given.headers["Location"].endswith("?done=given")
    assert db.value("SELECT assignee FROM alerts") == f"person:{hedy.public_id}"
    seller = somebody(db, "seller_owner")
    assert send(finance, page, f"{page}/assign", to=f"person:{seller.public_id}").status_code == 422

    send(finance, page, f"{page}/assign")
    assert "Given to Hedy Lamarr." in finance.get(page).text
    assert "Assign to me" not in finance.get(page).text
    assert "Grace Hopper" in finance.get("/finance/alerts").text


def test_it_is_handed_on_louder_with_a_note(db, finance):
    """High becomes critical, and the note stands in the history; to nobody, or without a note, nothing happens."""
    page = page_of(one_short(db).alert)
    to = "role:finance_approver"
    assert send(finance, page, f"{page}/escalate", to="role:cook", note=WHY).status_code == 422
    assert send(finance, page, f"{page}/escalate", to=to, note=" ").status_code == 422

    answer = send(finance, page, f"{page}/escalate", to=to, note=WHY)

    assert answer.headers["Location"].endswith("?done=escalate")
    shown = finance.get(page).text
    assert ("Critical" in shown, "Handed on" in shown) == (True, True)
    assert f"To all of Finance approver: {WHY}" in shown
    send(finance, page, f"{page}/note", text="Asked role:cook and person:usr_x")
    assert "Asked role:cook and person:usr_x" in finance.get(page).text


def test_it_is_handed_on_to_colleagues_alone(db, finance):
    """Not to a seller, an auditor who may do nothing about it, or nobody at all: no email would be on its way."""
    page = page_of(one_short(db).alert)
    for who in (somebody(db, "seller_owner").public_id, somebody(db, "auditor").public_id, f"usr_{'0' * 26}"):
        assert send(finance, page, f"{page}/escalate", to=f"person:{who}", note=WHY).status_code == 422
    assert db.value("SELECT escalated_at FROM alerts") is None

    to = f"person:{somebody(db, 'finance').public_id}"
    assert send(finance, page, f"{page}/escalate", to=to, note=WHY).status_code == 303


def test_it_hangs_on_a_cause_that_leads_to_all_of_its_own(db, finance):
    alert, cause = one_short(db).alert, encode("alr", warn("file_late"))
    page = page_of(alert)
    assert send(finance, page, f"{page}/cause", cause="file_1", note=WHY).status_code == 422
    assert send(finance, page, f"{page}/cause", cause=alert, note=WHY).status_code == 422

    assert send(finance, page, f"{page}/cause", cause=cause, note=WHY).status_code == 303

    assert cause in finance.get(page).text.partition("Its cause")[2]
    assert f'href="/finance/alerts?parent={cause}">1 alert</a>' in finance.get(page_of(cause)).text
    assert send(finance, page, f"{page}/cause", cause="", note=WHY).status_code == 303
    assert db.value("SELECT count(*) FROM alerts WHERE parent_id IS NOT NULL") == 0


def test_a_letter_to_the_psp_stands_there_to_be_copied(db, client):
    """With both amounts; who may only read is offered none."""
    night = one_short(db)
    page = signed_in(client, somebody(db, "finance")).get(page_of(night.alert)).text
    letter = words(page.partition("Text to copy, to the PSP")[2].partition("</textarea>")[0])
    assert "by our books: 24.90 EUR" in letter
    assert "by your file: 23.90 EUR" in letter
    assert night.alert in letter

    assert "Text to copy" not in signed_in(client, somebody(db, "auditor")).get(page_of(night.alert)).text


def test_the_seller_of_the_payments_order_may_be_asked(db, finance):
    """The order stands on our side with whose it is; the letter names it, and no number of the PSP's."""
    night, payment = one_short(db), seed(db)
    db.rows("UPDATE alerts SET payment_id = %(id)s", id=payment)

    page = finance.get(page_of(night.alert)).text

    order = db.rows("SELECT id FROM orders WHERE payment_id = %(id)s ORDER BY id", id=payment)[0]["id"]
    assert encode("ord", order) in page.partition('id="ours"')[2].partition('id="differs"')[0]
    letter = page.partition("Text to copy, to the seller")[2].partition("</textarea>")[0]
    assert encode("ord", order) in letter
    assert ("txn_1" in letter, "ch_1" in letter) == (False, False)


def test_the_parsed_row_stands_beside_its_bytes(db, finance):
    page = words(finance.get(page_of(one_short(db).alert)).text)

    read = page.partition("Read as:")[2]
    for said in (
        "Kind charge",
        "Gross 23.90 EUR",
        "Fee 1.02 EUR",
        "Net 22.88 EUR",
        "Number txn_1",
        "Object ch_1",
    ):
        assert said in read


def in_days(n):
    return (business_day.today() + timedelta(days=n)).isoformat()


def test_a_due_day_is_set_and_cleared(db, finance):
    """With who set it; a day that has passed, no day at all and no reason are refused beside the form."""
    page, day = page_of(one_short(db).alert), in_days(5)
    assert send(finance, page, f"{page}/due", due_on=in_days(-2), reason=WHY).status_code == 422
    assert send(finance, page, f"{page}/due", due_on="soon", reason=WHY).status_code == 422
    assert send(finance, page, f"{page}/due", due_on=day, reason=" ").status_code == 422

    answer = send(finance, page, f"{page}/due", due_on=day, reason=WHY)
    assert answer.headers["Location"].endswith("?done=due")
    assert "set by Grace Hopper" in words(finance.get(page).text)
    assert db.value("SELECT due_on FROM alerts").isoformat() == day

    assert (
        send(finance, page, f"{page}/due", due_on="", reason=WHY).headers["Location"].endswith("?done=undue")
    )
    assert "on no day set by Grace Hopper" in words(finance.get(page).text)
    assert f"Due on no day any more, before that {day}: {WHY}" in words(finance.get(page).text)


def test_what_is_overdue_is_found_and_counted(db, finance):
    """On the first page, as a filter and in its row; what is due later, on no day or resolved is not."""
    for code, due in (("late", -1), ("later", 3), ("much_later", 30), ("never", None), ("done", -1)):
        day = in_days(due) if due is not None else None
        db.rows("UPDATE alerts SET due_on = %(day)s WHERE id = %(id)s", day=day, id=warn(code, 100))
    db.rows(
        "UPDATE alerts SET status = 'resolved', resolution = 'done', resolved_by = 'x', resolved_at = now()"
        " WHERE code = 'done'"
    )

    assert "1 overdue" in words(finance.get("/finance").text)
    found = {
        due: listed(finance.get(f"/finance/alerts?due={due}").text) for due in ("overdue", "week", "none")
    }

    assert found == {"overdue": ["Late"], "week": ["Late", "Later"], "none": ["Never"]}
    assert finance.get("/finance/alerts?due=whenever").status_code == 422


def listed(page):
    return sorted(
        re.findall(
            r'<th scope="row" role="rowheader" class="name"><a href="[^"]*" aria-label="([A-Z][a-z ]+) alr',
            page,
        )
    )


def test_a_join_is_taken_back_with_what_it_posts_shown_first(db, finance):
    """Both are listed with each other; taken back, both are open again, and it stands in the history."""
    ours, theirs = joined(db)
    page = finance.get(page_of(ours)).text
    assert re.search(rf"Joined with.*{theirs}.*24\.90", words(page))
    action = f"{page_of(ours)}/unlink"
    shown = finance.get(f"{action}?other={theirs}").text
    assert "Suspense stripe 24.90 EUR" in words(shown)

    form = {**fields_of(shown, action), "other": theirs, "reason": WHY}
    first, again = (finance.post(action, data=form, headers=ORIGIN) for _ in range(2))

    assert first.headers["Location"].endswith("?done=apart")
    assert again.headers["Location"] == first.headers["Location"]
    assert {row["status"] for row in db.rows("SELECT status FROM alerts")} == {"open"}
    assert f"Not joined with {theirs} any more: 24.90 EUR is left. {WHY}" in words(
        finance.get(page_of(ours)).text
    )
    assert finance.get(f"{action}?other={theirs}").status_code == 409


def test_a_join_that_is_none_is_not_taken_back(db, finance):
    """Without a reason, with itself, with what is no alert: said, and nothing changes."""
    ours, theirs = joined(db)
    action = f"{page_of(ours)}/unlink"
    shown = finance.get(f"{action}?other={theirs}").text

    answer = finance.post(action, data={**fields_of(shown, action), "reason": "no"}, headers=ORIGIN)

    assert (answer.status_code, "10 characters" in answer.text) == (422, True)
    for other, status in ((ours, 409), ("", 422), ("alr_x", 422), ("\x00", 422)):
        assert finance.get(action, query_string={"other": other}).status_code == status
    assert db.value("SELECT count(*) FROM alert_links") == 2


def test_the_history_says_ways_and_deeds_in_words(db, finance):
    """Not as the books' codes; and how much of it is claimed stands among the facts."""
    night = one_short(db)
    resolve(finance, night.alert, way="psp_claim", amount="0.40")

    page = words(finance.get(page_of(night.alert)).text)

    assert (
        f"Explained in part Grace Hopper Claim it from the PSP: 0.40 EUR of it, 0.60 EUR is left. {WHY}"
        in page
    )
    assert "0.40 EUR of the PSP, and not paid yet" in page
    assert "psp_claim: " not in finance.get("/finance/alerts").text


@pytest.fixture
def near_midnight():
    """Half past eleven in the evening, UTC: in Berlin it is the 16th."""
    now = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)
    clock.configure(offset_seconds=int((now - datetime.now(UTC)).total_seconds()))
    yield
    clock.configure(offset_seconds=0)


def test_what_is_overdue_goes_by_the_business_day(db, near_midnight, finance):
    """What was due on the 15th is overdue: on the first page, in the list, on its own page and for whoever sets a day."""
    id = warn("late", 100)
    db.rows("UPDATE alerts SET due_on = '2026-03-15' WHERE id = %(id)s", id=id)
    page = f"/finance/alerts/{encode('alr', id)}"

    for path, said in (
        ("/finance", "1 overdue"),
        ("/finance/alerts", "15 March 2026 overdue"),
        (page, "15 March 2026 overdue"),
    ):
        assert said in words(finance.get(path).text)
    assert listed(finance.get("/finance/alerts?due=overdue").text) == ["Late"]
    assert listed(finance.get("/finance/alerts?due=today").text) == []
    assert send(finance, page, f"{page}/due", due_on="2026-03-15", reason=WHY).status_code == 422
    assert send(finance, page, f"{page}/due", due_on="2026-03-16", reason=WHY).status_code == 303
