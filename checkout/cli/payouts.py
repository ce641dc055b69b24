"""`flask payouts`: the day's run, payouts one by one, what holds a seller's money back, and what sellers owe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option, settings
from checkout.cli.output import note, show, show_list
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.identity.access import EVERYTHING
from checkout.payouts import queries
from checkout.payouts.blocked import Blocked, blocked
from checkout.payouts.decide import approve_payout, cancel_payout
from checkout.payouts.holds import hold_payouts, release_payouts
from checkout.payouts.payable import collect_payable
from checkout.payouts.payout import Payout
from checkout.payouts.queries import PayoutFilter
from checkout.payouts.run import business_date, run_payouts
from checkout.payouts.schedule import in_words, next_dates
from checkout.payouts.schedules import schedule_of
from checkout.payouts.words import FAILURES, WAITING, waits_for
from checkout.psp import PspError, registry

group = Group("payouts", help="What sellers have earned, on its way to their bank.")
SKIPPED_SHOWN = 1_000


@group.command("run")
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="The business day; today if left out.")
@json_option
def run_command(on: datetime | None, as_json: bool) -> None:
    """Makes the payouts that are due on a business day: each period once, however often it is run. Sellers who cannot
    be paid are named with the reason, and wait for the next day; that is no failure."""
    day = on.date() if on else business_date(_zone())
    try:
        with _progress() as progress:
            result = run_payouts(
                business_on=day, psp=registry.current(), cause=cli_cause(), progress=progress
            )
    except PspError as error:
        raise CommandFailed(f"The PSP does not say what the platform has there: {error}") from error
    who = [_blocked(each) for each in _all_blocked()] if result.skipped else []
    found = {
        "business_on": result.business_on,
        "timezone": settings().business_tz,
        "made": result.made,
        "skipped": result.skipped,
        "finished_at": result.finished_at,
    }
    show(found | {"not_paid": who} if as_json else found, as_json=as_json)
    if who and not as_json:
        note("Not paid:")
        for each in who:
            note(f"  {each['seller']}  {each['currency']}  {each['free']}  {each['reason']}: {each['words']}")


@group.command("explain-skipped")
@click.argument("seller", required=False)
@json_option
def explain_command(seller: str | None, as_json: bool) -> None:
    """Who has money and cannot be paid now, or one SELLER, and why."""
    collect_payable()
    found = _all_blocked(seller_of(seller) if seller else None)
    show_list([_blocked(each) for each in found], as_json=as_json, empty="Everybody can be paid.")


@group.command("list")
@click.option("--seller")
@click.option("--status")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def list_command(seller: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """The newest payouts."""
    filters = PayoutFilter(seller_id=seller_of(seller) if seller else None, status=status)
    found = queries.list_payouts(filters, EVERYTHING, limit=limit)
    show_list([_summary(each) for each in found], as_json=as_json, empty="There are no payouts.")


@group.command("show")
@click.argument("payout")
@json_option
def show_command(payout: str, as_json: bool) -> None:
    """One payout: what it is made of, how far it has come, what it waits for or failed of."""
    show(_document(_payout(payout)), as_json=as_json)


@group.command("preview")
@click.argument("seller")
@click.option("--currency", default="EUR", show_default=True)
@json_option
def preview_command(seller: str, currency: str, as_json: bool) -> None:
    """When SELLER is paid next in a currency: three business days, and why one was moved."""
    schedule = schedule_of(seller_of(seller), currency.upper())
    coming = next_dates(schedule, currency.upper(), after=business_date(_zone()))
    note(f"{in_words(schedule)}; dates in {settings().business_tz}")
    days = [
        {
            "period": day.period,
            "on": day.on,
            "timezone": settings().business_tz,
            "moved_because": day.moved_because,
        }
        for day in coming
    ]
    show_list(days, as_json=as_json, empty="Payouts are made when asked for.")


@group.command("approve")
@click.argument("payout")
@json_option
def approve_command(payout: str, as_json: bool) -> None:
    """Lets a payout go that waits for a second person; whoever asked for it cannot (5)."""
    with atomic() as session:
        approve_payout(session, _payout(payout), by=cli_cause())
    show(_document(_payout(payout)), as_json=as_json)


@group.command("cancel")
@click.argument("payout")
@click.option("--reason")
@json_option
def cancel_command(payout: str, reason: str | None, as_json: bool) -> None:
    """Calls a payout off that has not been sent."""
    with atomic() as session:
        cancel_payout(session, _payout(payout), by=cli_cause(), reason=reason)
    show(_document(_payout(payout)), as_json=as_json)


@group.command("hold")
@click.argument("seller")
@click.option("--reason", required=True)
@json_option
def hold_command(seller: str, reason: str, as_json: bool) -> None:
    """No new payouts of SELLER until they are released; what was sent goes on."""
    with atomic() as session:
        hold_payouts(session, seller_of(seller), reason=reason, cause=cli_cause())
    show({"seller": seller, "held": True, "reason": reason}, as_json=as_json)


@group.command("release")
@click.argument("seller")
@click.option("--reason", required=True)
@json_option
def release_command(seller: str, reason: str, as_json: bool) -> None:
    """Lets the payouts of SELLER go again."""
    with atomic() as session:
        if not release_payouts(session, seller_of(seller), reason=reason, cause=cli_cause()):
            note("They were not held.")
    show({"seller": seller, "held": False, "reason": reason}, as_json=as_json)


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on stderr, where that is a terminal."""
    with click.progressbar(length=1, label="Paying sellers", file=sys.stderr) as bar:

        def progress(done: int, whole: int) -> None:
            bar.length = max(whole, 1)
            bar.update(done - bar.pos)

        yield progress


def _all_blocked(seller_id: UUID | None = None) -> list[Blocked]:
    return blocked(registry.current(), limit=SKIPPED_SHOWN, seller_id=seller_id)


def _blocked(each: Blocked) -> dict[str, Any]:
    return {
        "seller": each.seller_public_id,
        "name": each.seller_name,
        "currency": each.free.currency,
        "free": each.free.amount_minor,
        "available": each.available.amount_minor,
        "reason": each.why.code,
        "words": each.why.words,
        "note": each.why.note,
        "until": each.why.until,
    }


def _summary(payout: Payout) -> dict[str, Any]:
    return {
        "id": payout.public_id,
        "seller": encode("sel", payout.seller_id),
        "status": payout.status,
        "amount": payout.amount.amount_minor,
        "currency": payout.currency,
        "kind": payout.kind,
        "period": payout.period,
        "created_at": payout.created_at,
    }


def _document(payout_id: UUID) -> dict[str, Any]:
    with atomic() as session:
        view = queries.view_payout(session, payout_id)
    payout, waits = view.payout, waits_for(view.payout)
    return _summary(payout) | {
        "fee": payout.fee.amount_minor,
        "carried": payout.carried.amount_minor,
        "waiting_because": WAITING[waits] if waits else None,
        "failure": FAILURES[payout.failure_code] if payout.failure_code else None,
        "expected_on": payout.expected_on,
        "sent_at": payout.sent_at,
        "arrived_at": payout.arrived_at,
        "psp_transfer": payout.psp_transfer_id,
        "psp_payout": payout.psp_payout_id,
        "items": [
            {
                "kind": item.kind,
                "order": encode("ord", item.order_id) if item.order_id else None,
                "amount": item.amount.amount_minor,
            }
            for item in view.items
        ],
        "timeline": [f"{step.to_status} {step.at:%Y-%m-%d %H:%M:%S} {step.cause}" for step in view.steps],
    }


def _zone() -> ZoneInfo:
    return ZoneInfo(settings().business_tz)


def _payout(text: str) -> UUID:
    try:
        return decode("po", text)
    except NotFound:
        raise CommandFailed(f"{text!r} is no payout: its id begins with po_", ExitCode.NOT_FOUND) from None


def seller_of(text: str) -> UUID:
    try:
        return decode("sel", text)
    except NotFound:
        raise CommandFailed(f"{text!r} is no seller: its id begins with sel_", ExitCode.NOT_FOUND) from None
