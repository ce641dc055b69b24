"""Finance's nights, alerts and books, in every state that looks different."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from checkout.alerts import open_alert
from checkout.core import clock
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.reconciliation.files.errors import SettlementFileRefused
from checkout.reconciliation.night.run import run_day
from tests.accounting.conftest import MARCH, exported
from tests.browser.entry import HOSTILE, Entry, Site
from tests.ledger.test_periods import LOCK
from tests.pages.people import CAUSE, somebody
from tests.pages.reconciling import Reconciled, joined, on_that_day, one_short
from tests.reconciliation.conftest import Night, csv_of, receive

NAME: Final = HOSTILE[:120]


def _page(
    title: str, endpoint: str, arrange: str | Callable[[Site], str], status: int = 200, role: str = "finance"
) -> Entry:
    def arranged(site: Site) -> str:
        person = somebody(site.db, role, name="Grace Hopper", email="grace@example.org")
        site.cookies.append({"name": "session", "value": person.token, "url": site.base_url})
        return site.base_url + (arrange if isinstance(arrange, str) else arrange(site))

    return Entry(f"{role}: {title}", endpoint, arranged, status)


def _night(path: str) -> Callable[[Site], str]:
    """A night with a difference, an alert of no amount and a large one beside it; {members} name what it left."""

    def arrange(site: Site) -> str:
        found: Reconciled = one_short(site.db, name=NAME)
        with atomic() as session:
            for code, amount in (
                ("file_missing", None),
                ("ledger_unbalanced", Money(-123_456_789_00, "EUR")),
            ):
                open_alert(
                    session,
                    code=code,
                    severity="critical",
                    subject=HOSTILE[:60],
                    detail=HOSTILE[:300],
                    amount=amount,
                )
        return path.format(**vars(found))

    return arrange


def _clean(site: Site) -> str:
    night = Night()
    night.charge(1_234_567_890, 102)
    night.charge(1000, 29, "JPY")
    night.charge(12340, 458, "KWD")
    receive(csv_of(night.rows()))
    return f"/finance/reconciliation/runs/{_compared(14)}"


def _compared(day: int) -> str:
    return encode("run", run_day("stripe", date(2026, 3, day), by="test", cause=CAUSE).id)


def _missing(site: Site) -> str:
    return f"/finance/reconciliation/runs/{_compared(13)}"


def _running(site: Site) -> str:
    found = one_short(site.db)
    site.db.rows("UPDATE reconciliation_runs SET status = 'running', finished_at = NULL")
    return f"/finance/reconciliation/runs/{found.run}"


def _beside(site: Site) -> str:
    found = one_short(site.db)
    return f"/finance/reconciliation/runs/{found.run}?with={_compared(13)}"


def _refused(site: Site) -> str:
    night = Night()
    try:
        receive(csv_of([night.charge(2490).row(gross=HOSTILE[:60]) for _ in range(4)]), name=NAME)
    except SettlementFileRefused:
        file = site.db.value("SELECT id FROM settlement_files")
    return f"/finance/reconciliation/files/{encode('file', file)}"


def _all_done(site: Site) -> str:
    found = one_short(site.db)
    site.db.rows(
        "UPDATE alerts SET status = 'resolved', resolution = %(why)s, resolved_by = 'system', resolved_at = now()",
        why=HOSTILE[:200],
    )
    return f"/finance/alerts/{found.alert}"


def _none_open(site: Site) -> str:
    _all_done(site)
    return "/finance/alerts"


def _untold(site: Site) -> str:
    """Theirs that nobody knows, beside ours that may be the same."""
    night = Night()
    with on_that_day():
        ours = night.charge(2490, 0)
    receive(csv_of([{**ours.row(), "balance_transaction_id": "txn_x", "source_id": "ch_x",
                     "payment_metadata[payment]": ""}]))  # fmt: skip
    _compared(14)
    id = site.db.value("SELECT id FROM alerts WHERE code = 'unknown_reference'")
    return f"/finance/alerts/{encode('alr', id)}"


def _joined(more: str = "") -> Callable[[Site], str]:
    """Ours and theirs, each answering for the other."""

    def arrange(site: Site) -> str:
        ours, theirs = joined(site.db)
        return f"/finance/alerts/{ours}" + more.format(theirs=theirs)

    return arrange


def _unsettled(site: Site) -> str:
    """Captures that no file tells of, in two currencies."""
    night = Night()
    night.charge(1_234_567_890, at=clock.utcnow() - timedelta(days=5))
    night.charge(12340, currency="KWD", at=clock.utcnow())
    return "/finance/reports/unsettled"


def _locked(site: Site) -> str:
    """A month with a night in it, locked by two persons and exported before."""
    one_short(site.db)
    exported(by=CAUSE)
    site.db.rows(LOCK, id=new_uuid(), starts=MARCH.starts_at, ends=MARCH.ends_at)
    return "/finance/journal?period=2026-03"


FINANCE_PAGES = (
    _page("a night with differences", "finance.home", _night("/finance")),
    _page("nights", "finance_runs.index", _night("/finance/reconciliation/runs")),
    _page("no night yet", "finance_runs.index", "/finance/reconciliation/runs"),
    _page("no such day", "finance_runs.index", "/finance/reconciliation/runs?from=soon", 422),
    _page("a night", "finance_runs.show", _night("/finance/reconciliation/runs/{run}")),
    _page("a clean night", "finance_runs.show", _clean),
    _page("a night without a file", "finance_runs.show", _missing),
    _page("a night under way", "finance_runs.show", _running),
    _page("two nights", "finance_runs.show", _beside),
    _page("files", "finance_files.index", _night("/finance/reconciliation/files")),
    _page("no file yet", "finance_files.index", "/finance/reconciliation/files"),
    _page("a file", "finance_files.show", _night("/finance/reconciliation/files/{file}")),
    _page("a refused file", "finance_files.show", _refused),
    _page("alerts", "finance_alerts.index", _night("/finance/alerts")),
    _page("no alert yet", "finance_alerts.index", "/finance/alerts"),
    _page("no open alert", "finance_alerts.index", _none_open),
    _page("no such alert", "finance_alerts.index", _night("/finance/alerts?over=999999999&assignee=me")),
    _page("an alert", "finance_alert.show", _night("/finance/alerts/{alert}")),
    _page("an alert, to read", "finance_alert.show", _night("/finance/alerts/{alert}"), role="auditor"),
    _page("a resolved alert", "finance_alert.show", _all_done),
    _page("an alert of theirs alone", "finance_alert.show", _untold),
    _page("several alerts", "finance_alert_bulk.ask", _night("/finance/alerts/bulk?deed=assign&of=all")),
    _page(
        "several to claim",
        "finance_alert_bulk.ask",
        _night("/finance/alerts/bulk?deed=resolve&of=all&code=amount_mismatch&way=psp_claim"),
    ),
    _page("two that are joined", "finance_alert.show", _joined()),
    _page("taking a join back", "finance_alert_unlink.ask", _joined("/unlink?other={theirs}")),
    _page("claim", "finance_alert_resolve.ask", _night("/finance/alerts/{alert}/resolve?way=psp_claim")),
    _page("write off", "finance_alert_resolve.ask", _night("/finance/alerts/{alert}/resolve?way=write_off")),
    _page(
        "book it",
        "finance_alert_resolve.ask",
        _night("/finance/alerts/{alert}/resolve?way=post_correction&account=psp_fees"),
    ),
    _page("ledger", "finance_ledger.index", _night("/finance/ledger")),
    _page("ledger before anything", "finance_ledger.index", "/finance/ledger?day=2020-01-01"),
    _page(
        "accounts",
        "finance_ledger.accounts",
        _night("/finance/ledger/accounts?kind=seller_pending&currency=EUR"),
    ),
    _page("an account", "finance_ledger.account", _night("/finance/ledger/accounts/{account}")),
    _page("an entry", "finance_ledger.entry", _night("/finance/ledger/entries/{entry}")),
    _page("journal of a locked month", "finance_journal.show", _locked),
    _page("reports", "finance_reports.index", _night("/finance/reports?from=2026-03-01&to=2026-03-31")),
    _page("captures in no file", "finance_reports.unsettled", _unsettled),
    _page("an empty journal", "finance_journal.show", "/finance/journal?period=2020-01"),
)
NOT_PAGES = {
    "finance_alert.left": "a part of the alert's page, asked for while records are ticked",
    "finance_runs.export": "a file",
    "finance_alerts.export": "a file",
    "finance_reports.export_unsettled": "a file",
    "finance_reports.export_fees": "a file",
    "finance_reports.export_rates": "a file",
    "finance_reports.export_debts": "a file",
    "finance_runs.progress": "a part of the run's page, asked for while it runs",
    "finance_files.original_file": "a file, byte for byte",
}
