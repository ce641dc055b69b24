"""Nights and files as pages: counts that add up, a day compared again, a file row by row, and its bytes given back."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest

from checkout.api.settlement_json import of_payment_settled
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, payout_recipes
from checkout.pages import finance_files
from checkout.reconciliation.night import later
from checkout.reconciliation.settled import settled_of
from checkout.reporting import legs, settlement_rows
from checkout.tasks import ClaimedTask
from tests.pages.people import send, signed_in, somebody, token_in
from tests.pages.reconciling import one_short
from tests.pages.seed import seed
from tests.reconciliation.conftest import CAUSE, Night, changed, compare, csv_of, receive

RUNS, FILES = "/finance/reconciliation/runs", "/finance/reconciliation/files"


@pytest.fixture
def finance(db, client):
    return signed_in(client, somebody(db, "finance"))


def numbers(page, label):
    """The figures of an equation's table."""
    table = page.partition(f'aria-label="{label}"')[2].partition("</table>")[0]
    return [int(text.replace(",", "")) for text in re.findall(r'class="number">[+=− ]*([\d,]+)<', table)]


def plain(page):
    """Without the marks around what was read."""
    return re.sub(r"</?mark[^>]*>", "", page)


def hand_in(client, content, *, day="2026-03-14", psp="stripe", name="file.csv"):
    form = {"csrf_token": token_in(client.get(FILES).text), "psp": psp, "day": day}
    return client.post(
        FILES, data={**form, "file": (io.BytesIO(content), name)}, headers={"Origin": "http://localhost"}
    )


def test_a_run_shows_counts_that_add_up_and_both_sides_totals(db, finance):
    """One of two rows is 1.00 short: 1 by itself, 0 by rule, 0 within tolerance, 1 differing, 0 theirs alone = 2 of 2;
    34.90 ours, 33.90 in the file, 1.00 between them."""
    page = finance.get(f"{RUNS}/{one_short(db).run}").text

    assert numbers(page, "Comparison") == [1, 0, 0, 1, 0, 2]
    assert numbers(page, "Rows") == [2, 0, 2]
    controls = page.partition('aria-label="Control totals"')[2].partition("</table>")[0]
    assert (re.findall(r'<data value="(-?\d+)"', controls), ">Equal<" in controls) == (["3390", "3390"], True)
    totals = page.partition('aria-labelledby="totals"')[2].partition("</section>")[0]
    assert re.findall(r'<data value="(-?\d+)"', totals) == [
        "3490",
        "3390",
        "100",
        "161",
        "3229",
        "3390",
        "3390",
    ]
    assert "Amount differs" in page


def test_totals_of_ours_stay_right_in_yen_and_dinar(db, finance):
    """1 000 yen told as 900 and 12.340 dinar told as -12.340: ours are 1 000 and 12.340."""
    night = Night()
    yen, dinar = night.charge(1000, 29, "JPY"), night.charge(12340, 458, "KWD")
    receive(csv_of([changed(yen, gross=900), changed(dinar, gross=-12340, fee=-458)]))
    page = finance.get(f"{RUNS}/{encode('run', compare().id)}").text
    totals = page.partition('aria-labelledby="totals"')[2].partition("</section>")[0]
    assert re.findall(r'Gross, ours"><data value="(-?\d+)"', totals) == ["1000", "12340"]


def test_a_day_without_a_file_says_so_and_leads_to_handing_it_in(db, finance):
    answer = send(finance, RUNS, RUNS, psp="stripe", day="2026-03-13")

    page = finance.get(answer.headers["Location"]).text
    assert "File missing" in page
    assert "No file of stripe for this day has come" in page


@pytest.mark.parametrize(
    "asked", [{"psp": "nobody", "day": "2026-03-14"}, {"psp": "stripe", "day": "soon"}, {}]
)
def test_a_day_that_cannot_be_compared_is_told(finance, asked):
    assert send(finance, RUNS, RUNS, **asked).status_code == 422


def test_a_run_under_way_asks_again_and_an_ended_one_does_not(db, finance):
    """The fragment carries its own question; without scripts there is a link."""
    night = one_short(db)
    path = f"{RUNS}/{night.run}/progress"
    assert "hx-get" not in finance.get(path).text

    db.rows("UPDATE reconciliation_runs SET status = 'running', finished_at = NULL")

    assert f'hx-get="{path}"' in finance.get(path).text
    assert "Look again" in finance.get(f"{RUNS}/{night.run}").text


def test_how_far_a_run_has_come_is_shown_while_it_runs_and_not_after(db, finance):
    """Two of three parts of the matching are done: 66 %."""
    night = one_short(db)
    path = f"{RUNS}/{night.run}/progress"
    assert "<progress" not in finance.get(path).text
    db.rows("UPDATE reconciliation_runs SET status = 'running', finished_at = NULL, started_at = now()")
    db.rows("UPDATE reconciliation_progress SET step = 'match', done = 2, total = 3, updated_at = now()")

    page = finance.get(path).text

    assert 'value="66">66 %</progress>' in page
    assert "Matching rows" in page


def test_a_day_compared_again_shows_what_is_new_since(db, finance):
    """The second time says that the difference of 1.00 is explained; the first time stays to be looked at."""
    night = one_short(db)
    assert "Each time it was compared" in finance.get(f"{RUNS}/{night.run}").text
    db.rows(
        "UPDATE alerts SET status = 'resolved', resolution = 'x', resolution_kind = 'not_ours', resolved_at = now()"
    )
    again = send(finance, RUNS, RUNS, psp="stripe", day="2026-03-14").headers["Location"]

    page = finance.get(again).text
    history = page.partition('id="history"')[2].partition("</section>")[0]

    assert "What time 2 says and time 1 did not:" in history
    assert ("Explained since" in history, '<data value="100"' in history) == (True, True)
    first = (
        finance.get(f"{RUNS}/{night.run}?time=1").text.partition('id="history"')[2].partition("</section>")[0]
    )
    assert "Explained since" not in first
    assert finance.get(f"{RUNS}/{night.run}?time=²").status_code == 200


def test_a_day_with_many_rows_is_compared_in_the_background(db, finance, monkeypatch):
    """Nobody waits: asked for twice it is staged once; the worker's comparison is the run."""
    monkeypatch.setattr(later, "AT_ONCE_MOST", 1)
    night = Night()
    night.charge(2490)
    night.charge(1000)
    receive(csv_of(night.rows()))

    answers = [send(finance, RUNS, RUNS, psp="stripe", day="2026-03-14") for _ in range(2)]

    assert "compared in the background" in finance.get(answers[0].headers["Location"]).text
    (task,) = db.rows("SELECT kind, args FROM tasks WHERE kind = 'reconciliation.day_asked'")
    assert db.value("SELECT count(*) FROM reconciliation_runs") == 0
    later.day_asked(ClaimedTask(new_uuid(), "default", task["kind"], task["args"], 1, 3, 1))
    found = db.rows("SELECT status, report ->> 'matched' AS matched FROM reconciliation_runs")
    assert found == [{"status": "finished", "matched": "2"}]
    again = send(finance, RUNS, RUNS, psp="stripe", day="2026-03-14").headers["Location"]
    assert again.startswith(f"{RUNS}/run_")


def test_a_runs_differences_leave_as_a_file(db, finance):
    """Code, alert and amount twice over; the audit log says who took them."""
    night = one_short(db)
    answer = finance.get(f"{RUNS}/{night.run}/differences.csv")
    header, row = answer.text.splitlines()
    assert header == "code,alert,subject,difference_minor,difference,currency,explained"
    assert row == f"amount_mismatch,{night.alert},{night.file}:2,100,1.00,EUR,no"
    assert db.value("SELECT object FROM audit_log WHERE action = 'data.exported'") == night.run


def test_rows_that_were_kept_out_lead_to_their_lines(db, finance):
    night = Night()
    rows = [night.charge(1000 + n).row() for n in range(150)]
    rows[7] = {**rows[7], "gross": "much"}
    file, _ = receive(csv_of(rows), name="tonight.csv")

    page = finance.get(f"{RUNS}/{encode('run', compare().id)}").text

    assert f"/finance/reconciliation/files/{file.public_id}?line=9#line-9" in page
    alone = finance.get(f"{FILES}/{file.public_id}?only=rejected").text
    assert re.findall(r'id="line-(\d+)"', alone) == ["9"]


def test_each_leg_says_how_it_stands(db, finance, monkeypatch):
    """34.90 of customers in two charges, both shown by a file, one open; a payout of 4.88 to our bank is on its way."""
    monkeypatch.setattr(legs, "LOOKED_AT", timedelta(days=1000))
    assert finance.get(RUNS).text.count(">Nothing yet<") == 3
    one_short(db)
    with atomic() as session:
        sent = payout_recipes.psp_payout_sent(psp="stripe", number="txn_p", amount=Money(488, "EUR"))
        journal.post(session, sent, cause=CAUSE)

    shown = finance.get(RUNS).text.partition('id="legs"')[2].partition("</section>")[0]

    assert re.findall(r'<td role="cell" class="number" data-label="[^"]+">(\d+)<', shown) == [
        "2", "2", "1", "0", "0", "0", "1", "0", "0",
    ]  # fmt: skip
    assert ('<data value="488"' in shown, shown.count(">Differences<")) == (True, 1)


def test_two_days_stand_beside_each_other(db, finance):
    night = one_short(db)
    other = send(finance, RUNS, RUNS, psp="stripe", day="2026-03-13").headers["Location"]
    named = other.rpartition("/")[2].partition("?")[0]

    page = finance.get(f"{RUNS}/{night.run}?with={named}").text

    beside = page.partition('aria-label="This day beside')[2].partition("</table>")[0]
    assert re.findall(r'class="number" data-label="[^"]+">(\d+)<', beside)[:4] == ["2", "0", "1", "0"]
    assert finance.get(f"{RUNS}/{night.run}?with=run_nonsense").status_code == 404


def test_a_file_is_shown_row_by_row_with_what_it_matches(db, finance):
    """The header, the row that differs with its alert, the row that matches with its entry; all as they stand."""
    night = one_short(db, name="<b>tonight</b>.csv")

    page = finance.get(f"{FILES}/{night.file}").text

    for row in night.content.decode().splitlines():
        assert row in plain(page)
    assert "<b>tonight" not in page
    line_1, line_2, line_3 = (page.partition(f'id="line-{n}"')[2].partition("</li>")[0] for n in (1, 2, 3))
    assert "Header" in line_1
    assert night.alert in line_2
    assert "Matches" in line_3
    assert "No row begins" in finance.get(f"{FILES}/{night.file}?line=90").text
    assert finance.get(f"{FILES}/{night.file}?line=-4&x=²").status_code == 200


def test_the_viewer_marks_what_was_read_and_finds_a_text(db, finance):
    """The cells that were read are marked with their columns, the row stays as it is; the text finds its row alone."""
    night = one_short(db)
    row = night.content.decode().splitlines()[2]

    page = finance.get(f"{FILES}/{night.file}?text=TXN_2").text

    assert re.findall(r'id="line-(\d+)"', page) == ["3"]
    shown = page.partition('id="line-3"')[2].partition("</li>")[0]
    assert '<mark title="gross: read as gross">10.00</mark>' in shown
    assert re.sub(r"<[^>]+>", "", shown.partition("<code>")[2].partition("</code>")[0]) == row
    assert "No row with" in finance.get(f"{FILES}/{night.file}?text=nobody").text
    only = finance.get(f"{FILES}/{night.file}?only=differing").text
    assert re.findall(r'id="line-(\d+)"', only) == ["2"]


def test_a_long_file_is_searched_part_by_part(db, finance, monkeypatch):
    """Of 120 rows 40 are searched at a time: the first part has none, and leads on to the next."""
    monkeypatch.setattr(settlement_rows, "SEARCHED_MOST", 40)
    night = Night()
    charge = night.charge(2490, 102)
    rows = [changed(charge, number=f"txn_{n:03}", source=f"ch_{n}") for n in range(120)]
    file, _ = receive(csv_of(rows))
    first = finance.get(f"{FILES}/{file.public_id}?text=txn_050").text
    (on,) = re.findall(r'rel="next" href="([^"#]+)', first)
    assert (re.findall(r'id="line-(\d+)"', first), on) == ([], "?line=41&amp;text=txn_050")
    second = finance.get(f"{FILES}/{file.public_id}?line=41&text=txn_050").text
    assert re.findall(r'id="line-(\d+)"', second) == ["52"]


def test_the_viewer_goes_through_a_long_file_by_its_lines(db, finance):
    """1 203 rows in three blocks: line 1 000 is the row that stands there, from the second block into the third."""
    night = Night()
    charge = night.charge(2490, 102)
    rows = [changed(charge, number=f"txn_{n}", source=f"ch_{n}") for n in range(1203)]
    file, _ = receive(csv_of(rows))

    page = finance.get(f"{FILES}/{file.public_id}?line=990").text

    assert "txn_998," in plain(page.partition('id="line-1000"')[2].partition("</li>")[0])
    assert page.count('id="line-') == 50
    assert 'id="line-990"' in page


def test_the_original_is_given_back_byte_for_byte(db, finance):
    """And as a download, whatever is in it; the audit log says who took which."""
    night = Night()
    night.charge(2490, 102)
    content = csv_of(night.rows(), end="\r\n")
    content = b"\xef\xbb\xbf" + content
    file, _ = receive(content)

    answer = finance.get(f"{FILES}/{file.public_id}/original")

    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    (row,) = db.rows("SELECT object, after FROM audit_log WHERE action = 'data.exported'")
    assert (row["object"], row["after"]["kind"]) == (file.public_id, "settlement_file")


def test_a_file_that_is_handed_in_is_there_and_again_is_the_same(db, finance):
    night = Night()
    night.charge(2490, 102)
    content = csv_of(night.rows())

    first, again = hand_in(finance, content), hand_in(finance, content)

    assert [answer.headers["Location"].partition("?")[2] for answer in (first, again)] == [
        "done=taken",
        "done=known",
    ]
    assert db.value("SELECT count(*) FROM settlement_files") == 1
    other = hand_in(finance, content.replace(b"24.90", b"24.91").replace(b"23.88", b"23.89"))
    assert (other.status_code, "received before" in other.text) == (409, True)


def test_a_file_that_is_refused_says_why_by_its_line(db, finance):
    """A row whose net is another: more than a few of the rows are malformed, so nothing is taken."""
    night = Night()
    rows = [night.charge(2490, 102).row(gross="much") for _ in range(3)]

    answer = hand_in(finance, csv_of(rows))

    assert answer.status_code == 422
    assert "Line 2" in answer.text
    assert db.value("SELECT count(*) FROM settlement_lines") == 0
    assert "Refused" in finance.get(f"{FILES}?status=rejected").text


def test_a_files_name_is_kept_as_far_as_it_can_be_shown(db, finance):
    """A NUL, a bidirectional override and a folder are no part of it."""
    content = csv_of([Night().charge(2490, 102).row()])
    form = (
        ("csrf_token", token_in(finance.get(FILES).text)),
        ("psp", "stripe"),
        ("day", "2026-03-14"),
        ('file"; filename="a/b\0\u202ec.csv', content.decode()),
    )
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form
    ]

    answer = finance.post(
        FILES,
        data="".join([*parts, "--x--\r\n"]).encode(),
        content_type="multipart/form-data; boundary=x",
        headers={"Origin": "http://localhost"},
    )

    assert answer.status_code == 303
    assert db.value("SELECT name FROM settlement_files") == "bc.csv"


@pytest.mark.parametrize(("content", "day", "status"), [(b"", "2026-03-14", 422), (b"x", "2999-01-01", 422)])
def test_a_form_without_a_file_or_a_day_is_told(finance, content, day, status):
    assert hand_in(finance, content, day=day).status_code == status


def test_the_first_page_says_how_the_night_stands(db, finance):
    """1.00 unexplained in one difference, a difference a day old, books that balance."""
    one_short(db)

    page = finance.get("/finance").text

    assert "Differences" in page.partition("Last nights")[2]
    unexplained = page.partition('id="unexplained"')[2].partition("</section>")[0]
    assert ('<data value="100"' in unexplained, "in 1 difference" in unexplained) == (True, True)
    assert 'aria-label="1 amount differs, 0-1 days"' in page
    assert "Books balance" in page
    cash = page.partition('id="cash"')[2].partition("</section>")[0]
    assert '<data value="3329"' in cash


def test_the_first_page_before_anything_has_happened(finance):
    page = finance.get("/finance").text

    for said in (
        "No day was compared yet",
        "every difference is explained",
        "No alert waits",
        "Nothing was booked yet",
    ):
        assert said in page


def test_a_payments_page_says_where_it_is_settled_or_that_it_is_not_yet(db, finance, monkeypatch):
    """24.90 less 1.02 is 23.88, on line 2 of the file; before the file came nothing tells of it."""
    payment = seed(db, status="succeeded")
    monkeypatch.setattr("tests.reconciliation.conftest.new_uuid", lambda: payment)
    night = Night()
    night.charge(2490, 102)
    path = f"/admin/payments/{encode('pay', payment)}"
    assert "not yet: no settlement file tells of it" in finance.get(path).text
    file, _ = receive(csv_of(night.rows()))

    page = finance.get(path).text.partition("<dt>Settled</dt>")[2].partition("</dd>")[0]

    assert re.findall(r'<data value="(-?\d+)"', page) == ["2490", "102", "2388"]
    assert f"/finance/reconciliation/files/{file.public_id}?line=2#line-2" in page
    with atomic() as session:
        settled = of_payment_settled(settled_of(session, [payment])[payment])
    assert settled == {
        "status": "settled", "file": file.public_id, "line": 2, "settled_on": "2026-03-14", "gross": 2490, "fee": 102,
        "net": 2388, "currency": "EUR", "currency_exponent": 2,
    }  # fmt: skip


def test_a_file_is_larger_than_other_forms_for_whom_may_hand_one_in(db, finance, client, monkeypatch):
    """Other forms have their bound; the form says its own; whoever may not hand in a file has the bound of all."""
    monkeypatch.setitem(client.application.config, "MAX_CONTENT_LENGTH", 2_000)
    night = Night()
    rows = [night.charge(2490, 102).row() for _ in range(30)]
    assert "at most 32 MiB" in finance.get(FILES).text

    assert hand_in(finance, csv_of(rows)).headers["Location"].endswith("done=taken")
    monkeypatch.setattr(finance_files, "IN_A_REQUEST_MOST", 1_000)
    answer = hand_in(finance, csv_of(rows[:10]))
    assert (answer.status_code, "flask reconcile" in answer.text or "command line" in answer.text) == (
        413,
        True,
    )

    assert (
        finance.post(RUNS, data={"psp": "x" * 3_000}, headers={"Origin": "http://localhost"}).status_code
        == 413
    )
    auditor = signed_in(client, somebody(db, "auditor"))
    assert hand_in(auditor, csv_of(rows)).status_code == 413


def test_costs_that_name_no_payment_are_said_with_their_amount(db, finance):
    """A monthly fee of 12.00: on the run's page, and beside its night on finance's first."""
    fee = {"reporting_category": "fee", "source_id": "", "payment_metadata[payment]": ""}
    row = Night().charge(1000, 0).row(balance_transaction_id="txn_fee", gross="-12.00", net="-12.00", **fee)
    receive(csv_of([row]))
    run = encode("run", compare().id)
    beside = finance.get("/finance").text.partition("costs of the account, booked:")[2].partition("</td>")[0]
    facts = (
        finance.get(f"{RUNS}/{run}")
        .text.partition("Costs of the account, for no payment")[2]
        .partition("</dd>")[0]
    )
    assert [re.findall(r'<data value="(-?\d+)"', part) for part in (beside, facts)] == [["1200"], ["1200"]]
