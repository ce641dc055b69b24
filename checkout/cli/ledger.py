"""`flask ledger`: prove the books, and read what an account holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from checkout.cli.context import CommandFailed, ExitCode, Group, json_option
from checkout.cli.output import note, show, show_list
from checkout.core.errors import InvalidParameter
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import balances
from checkout.ledger.balances import StoredAccount, TrialLine
from checkout.ledger.chart import CHART
from checkout.ledger.seals import seal_ledger
from checkout.ledger.verify import Report, verify_ledger

group = Group("ledger", help="The double-entry ledger.")


@group.command("verify")
@json_option
def verify(as_json: bool) -> None:
    """Proves every entry, seal, sum and cached balance; ends with 6 and names the first differences where one is."""
    report = verify_ledger()
    if as_json:
        show(_report(report), as_json=True)
    else:
        show({k: v for k, v in _report(report).items() if k != "differences"}, as_json=False)
        for difference in report.differences:
            note(f"{difference.code}  {difference.subject}  {difference.detail}")
    if not report.holds:
        raise CommandFailed(f"{report.difference_count} differences found.", ExitCode.DIFFERENCES)


@group.command("seal")
@json_option
def seal(as_json: bool) -> None:
    """Seals what was recorded since the last seal, now instead of within the minute."""
    seals = seal_ledger()
    items = [{"number": s.number, "entries": s.entries, "digest": s.digest.hex()} for s in seals]
    show_list(items, as_json=as_json, empty="Nothing new to seal.")


@group.command("balance")
@click.argument("account", required=False)
@click.option("--at", "at", help="Only what was effective by then, RFC 3339: 2026-12-01T00:00:00Z.")
@json_option
def balance(account: str | None, at: str | None, as_json: bool) -> None:
    """Shows what ACCOUNT holds (acc_… or kind:owner:currency), or, without one, the trial balance.

    Debit is positive, credit negative.
    """
    moment = _moment(at)
    with atomic() as session:
        if account is None:
            lines = balances.trial_balance(session, at=moment)
        else:
            stored = _account(session, account)
            held = balances.balance_of(session, stored, at=moment)
    if account is None:
        show_list([_line(line) for line in lines], as_json=as_json, empty="No account has been posted to.")
    else:
        show(_held(stored, held), as_json=as_json)


def _account(session: Any, text: str) -> StoredAccount:
    if text.startswith("acc_"):
        return balances.get_account(session, decode("acc", text))
    kind, _, rest = text.partition(":")
    owner, _, currency = rest.rpartition(":")
    if kind not in CHART or not owner or not currency:
        raise InvalidParameter.at(
            "/account", "an account is acc_… or kind:owner:currency, of a kind in the chart"
        )
    return balances.find_account(session, kind, owner, currency)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidParameter.at("/at", f"{text!r} is no RFC 3339 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _held(account: StoredAccount, held: Money) -> dict[str, Any]:
    return {
        "id": encode("acc", account.id),
        "kind": account.kind,
        "owner": account.owner,
        "currency": account.currency,
        "balance": held.amount_minor,
        "formatted": str(held),
        "side": "debit" if held.amount_minor > 0 else "credit" if held.amount_minor < 0 else None,
    }


def _line(line: TrialLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "currency": line.balance.currency,
        "accounts": line.accounts,
        "balance": line.balance.amount_minor,
        "formatted": str(line.balance),
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "holds": report.holds,
        "entries": report.entries,
        "postings": report.postings,
        "payments": report.payments,
        "orders": report.orders,
        "seals": report.seals,
        "unsealed_entries": report.unsealed_entries,
        "head_digest": report.head_digest,
        "difference_count": report.difference_count,
        "differences": [
            {"code": d.code, "subject": d.subject, "detail": d.detail} for d in report.differences
        ],
    }
