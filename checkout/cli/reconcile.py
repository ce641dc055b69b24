"""`flask reconcile`: take settlement files in, compare a day, show what differs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option, settings
from checkout.cli.output import note, show, show_list
from checkout.cli.progress_bar import ProgressBar, opened
from checkout.cli.reconcile_balance import balance_command
from checkout.cli.reconcile_report import lines_of
from checkout.cli.try_mapping import try_mapping_command
from checkout.cli.try_rules import try_rules_command
from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.reconciliation import lists
from checkout.reconciliation.files.errors import SettlementFileRefused
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.lists import AlertView, RunView
from checkout.reconciliation.night.comparisons import (
    Change,
    Comparison,
    changes_between,
    comparisons_of,
    get_comparison,
)
from checkout.reconciliation.night.reconcile import reconcile_day
from checkout.reconciliation.night.report import Report
from checkout.reconciliation.progress import watched
from checkout.reconciliation.queries import SettlementFile
from checkout.reporting import reconciled

group = Group("reconcile", help="Proving the books against the PSP's settlement files.")

group.add_command(balance_command)
group.add_command(try_mapping_command)
group.add_command(try_rules_command)

day_option = click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The business day, UTC; yesterday if left out."
)
psp_option = click.option(
    "--psp", default="stripe", show_default=True, type=click.Choice(["stripe", "adyen", "paypal", "bank"])
)


@group.command("receive")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@psp_option
@day_option
@json_option
def receive_command(file: Path, psp: str, day: datetime | None, as_json: bool) -> None:
    """Takes a settlement FILE of any size in, whole; the same bytes again change nothing."""
    taken, fresh = _receive(file, psp, _day(day))
    show(_file(taken) | {"new": fresh}, as_json=as_json)


@group.command("run")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Taken in first.")
@psp_option
@day_option
@json_option
def run_command(file: Path | None, psp: str, day: datetime | None, as_json: bool) -> None:
    """Compares a day, line by line; ends with 6 where something differs. The same day again says the same."""
    on, bar = _day(day), ProgressBar()
    try:
        with watched(psp, on, bar):
            if file is not None:
                _receive(file, psp, on)
            outcome = reconcile_day(psp, on, by=str(cli_cause()), cause=cli_cause())
    finally:
        bar.end()
    run, last = reconciled.get_run(outcome.id), comparisons_of(outcome.id, limit=1)[0]
    alerts = lists.list_alerts(lists.AlertFilters(psp=psp, business_on=on), limit=100)
    still_open = [alert for alert in alerts if alert.status != "resolved"]
    if as_json:
        document = _run(lists.get_run(outcome.id)) | {"steps": last.steps.as_json()}
        show(document | {"alerts": [_alert(alert) for alert in still_open]}, as_json=True)
    else:
        for line in lines_of(run, last, still_open, public_url=settings().public_url):
            click.echo(line)
    if outcome.report.differs:
        raise CommandFailed(_differs(outcome.report), ExitCode.DIFFERENCES)


@group.command("status")
@psp_option
@json_option
def status_command(psp: str, as_json: bool) -> None:
    """The last days that were compared."""
    rows = lists.list_runs({"psp": psp}, limit=14)
    told = [_run(row) if as_json else _in_short(row) for row in rows]
    show_list(told, as_json=as_json, empty="No day has been compared yet.")


@group.command("alerts")
@psp_option
@click.option("--status", type=click.Choice(["open", "assigned", "snoozed", "resolved"]))
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def alerts_command(psp: str, status: str | None, limit: int, as_json: bool) -> None:
    """What differs, newest first."""
    rows = lists.list_alerts(lists.AlertFilters(psp=psp, status=status), limit=limit)
    show_list([_alert(row) for row in rows], as_json=as_json, empty="Nothing differs.")


@group.command("show")
@click.argument("alert")
@json_option
def show_command(alert: str, as_json: bool) -> None:
    """One difference: what we say, what the file says, and the line itself."""
    show(_alert(lists.get_alert(decode("alr", alert))), as_json=as_json)


@group.command("diff")
@click.argument("one", metavar="RUN1")
@click.argument("other", metavar="[RUN2]", required=False)
@json_option
def diff_command(one: str, other: str | None, as_json: bool) -> None:
    """What two comparisons say differently, difference by difference; ends with 6 where there is any.

    run_… is the last time that its day was compared, run_…:2 the second time. One RUN alone: its last time beside the
    time before.
    """
    before, after = (_comparison(one), _comparison(other)) if other else _last_two(one)
    found = [_change(change) for change in changes_between(before, after)]
    show_list(found, as_json=as_json, empty="Both say the same.")
    if found:
        raise CommandFailed(f"{len(found)} differences are told otherwise.", ExitCode.DIFFERENCES)


def _comparison(text: str) -> Comparison:
    run_id, _, number = text.partition(":")
    id = decode("run", run_id)
    if number.isascii() and number.isdigit() and len(number) <= 9:
        return get_comparison(id, int(number))
    found = comparisons_of(id, limit=1)
    if not found or number:
        raise NotFound("no such comparison of the run")
    return found[0]


def _last_two(text: str) -> tuple[Comparison, Comparison]:
    after = _comparison(text)
    if after.number == 1:
        raise NotFound("the day was compared once: there is no time before")
    return get_comparison(after.run_id, after.number - 1), after


def _change(change: Change) -> dict[str, Any]:
    finding = change.finding
    return {
        "what": change.what,
        "code": finding.code,
        "alert": _id("alr", finding.alert_id),
        "subject": finding.subject,
        "before": change.before.difference_minor if change.before else None,
        "after": change.after.difference_minor if change.after else None,
        "currency": finding.currency,
    }


def _receive(path: Path, psp: str, day: date) -> tuple[SettlementFile, bool]:
    delivery = Delivery(psp=psp, business_on=day, name=path.name, origin="cli", by=str(cli_cause()))
    try:
        with opened(path) as stream:
            return receive_file(stream, delivery, cause=cli_cause())
    except SettlementFileRefused as refusal:
        for error in refusal.errors:
            note(f"{error.pointer}  {error.code}  {error.detail}")
        raise


def _differs(report: Report) -> str:
    if not report.files:
        return "No file has come."
    return f"Differences that are open: {report.open}; rows kept out: {report.rejected}."


def _day(day: datetime | None) -> date:
    return day.date() if day else utcnow().date() - timedelta(days=1)


def _file(file: SettlementFile) -> dict[str, Any]:
    return {
        "id": file.public_id,
        "psp": file.psp,
        "business_on": file.business_on,
        "name": file.name,
        "sha256": file.sha256,
        "rows": file.rows_total,
        "rejected": file.rows_rejected,
        "status": file.status,
    }


def _run(found: RunView) -> dict[str, Any]:
    report = dict(found.report)
    return {
        "id": encode("run", found.id),
        "psp": found.psp,
        "business_on": found.business_on,
        "status": found.status,
        "finished_at": found.finished_at,
        **report,
    }


def _in_short(found: RunView) -> dict[str, Any]:
    """As wide as a terminal."""
    report = found.report
    unexplained = [Money(minor, code) for code, minor in report.get("unexplained", {}).items()]
    return {
        "id": encode("run", found.id),
        "business_on": found.business_on,
        "status": found.status,
        "files": len(report.get("files", [])),
        "rows": report.get("rows", 0),
        "matched": report.get("matched", 0),
        "open": report.get("open", 0),
        "unexplained": ", ".join(str(amount) for amount in unexplained) or "0",
    }


def _alert(alert: AlertView) -> dict[str, Any]:
    return {
        "id": encode("alr", alert.id),
        "code": alert.code,
        "severity": alert.severity,
        "status": alert.status,
        "business_on": alert.business_on,
        "difference": alert.difference.amount_minor,
        "currency": alert.difference.currency,
        "ours": _money(alert.ours_minor, alert),
        "theirs": _money(alert.theirs_minor, alert),
        "payment": _id("pay", alert.payment_id),
        "psp_number": alert.number or None,
        "psp_source": alert.source_id or None,
        "file": _id("file", alert.file_id),
        "line": alert.line,
        "detail": alert.detail,
    }


def _money(minor: int | None, alert: AlertView) -> str | None:
    return None if minor is None else str(Money(minor, alert.difference.currency))


def _id(prefix: str, id: UUID | None) -> str | None:
    return encode(prefix, id) if id else None
