"""More of `flask payouts`: what sellers owe, the proof of all payouts, and the platform's own money."""

from __future__ import annotations

import click

from checkout.cli import payouts
from checkout.cli.context import CommandFailed, ExitCode, cli_cause, json_option
from checkout.cli.output import show, show_list
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.payouts.debts import debts, propose_write_off
from checkout.payouts.prove import prove
from checkout.payouts.sweep import rooms, sweep
from checkout.psp import PspError, registry


@payouts.group.command("debts")
@json_option
def debts_command(as_json: bool) -> None:
    """What sellers owe, the oldest debt first."""
    found = [
        {
            "seller": debt.seller_public_id,
            "owed": debt.owed.amount_minor,
            "currency": debt.owed.currency,
            "since": debt.since,
            "age_days": debt.age.days,
        }
        for debt in debts()
    ]
    show_list(found, as_json=as_json, empty="Nobody owes anything.")


@payouts.group.command("write-off")
@click.argument("seller")
@click.option("--amount", type=click.IntRange(1), required=True, help="Minor units.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--reason", required=True)
@json_option
def write_off_command(seller: str, amount: int, currency: str, reason: str, as_json: bool) -> None:
    """Proposes to give up what SELLER owes; it is booked when another person has approved it."""
    with atomic() as session:
        id = propose_write_off(
            session,
            payouts.seller_of(seller),
            Money(amount, currency.upper()),
            reason=reason,
            cause=cli_cause(),
        )
    show({"approval": encode("apr", id), "seller": seller, "status": "pending"}, as_json=as_json)


@payouts.group.command("verify")
@json_option
def verify_command(as_json: bool) -> None:
    """Proves every seller's balance and every payout against orders, payouts and journal; ends with 6 and names what
    does not hold."""
    proof = prove()
    wrong = [{"code": each.code, "subject": each.subject, "detail": each.detail} for each in proof.wrong]
    show({"holds": proof.holds, "sellers": proof.sellers, "wrong": wrong}, as_json=as_json)
    if not proof.holds:
        raise CommandFailed(f"{len(wrong)} equations do not hold.", ExitCode.DIFFERENCES)


@payouts.group.command("sweep")
@click.option("--currency", help="One currency; all if left out.")
@click.option("--dry-run", is_flag=True, help="Only say what could be sent.")
@json_option
def sweep_command(currency: str | None, dry_run: bool, as_json: bool) -> None:
    """Sends the platform's own money to its bank: at most what the PSP has available beyond what is owed. Nothing does
    this by itself."""
    wanted = currency.upper() if currency else None
    try:
        before = [room for room in rooms(registry.current()) if wanted in (None, room.free.currency)]
        made = [] if dry_run else sweep(registry.current(), cause=cli_cause(), currency=wanted)
    except PspError as error:
        raise CommandFailed(f"The PSP does not say what the platform has there: {error}") from error
    found = [
        {
            "currency": room.free.currency,
            "available": room.available.amount_minor,
            "owed": room.owed.amount_minor,
            "free": room.free.amount_minor,
        }
        for room in before
    ]
    if as_json:
        show({"before": found, "made": [encode("po", id) for id in made]}, as_json=True)
        return
    show_list(found, as_json=False, empty="The PSP holds nothing.")
    show({"made": len(made)}, as_json=False)
