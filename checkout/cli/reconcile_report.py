"""What `flask reconcile run` says at its end: files, steps, totals, the differences that are open, and where to go next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.reconciliation.lists import AlertView
from checkout.reconciliation.night.comparisons import Comparison
from checkout.reporting import reconciled
from checkout.reporting.reconciled import RunRow
from checkout.wording.money import decimal_text

ALERTS_SHOWN: Final = 20
DIGITS: Final = 4  # of a checksum, at either end


def lines_of(run: RunRow, last: Comparison, alerts: Sequence[AlertView], *, public_url: str) -> Iterator[str]:
    """Line by line, as wide as they are."""
    yield from (_file(file) for file in run.report["files"])
    if not run.report["files"]:
        yield f"File    none of {run.psp} for {run.business_on}"
    steps = last.steps
    if run.report["files"]:
        yield f"Parse   {steps.normalised:,}/{steps.received:,}   rejected {steps.rejected:,}"
        yield (
            f"Match   {steps.matched:,}   auto {steps.auto:,}   by rule {steps.by_rule:,}   "
            f"tolerance {steps.tolerance:,}   differing {steps.differing:,}   "
            f"unmatched theirs {steps.unmatched_theirs:,}   ours {steps.unmatched_ours:,}"
            + (f"   not compared {steps.not_compared:,}" if steps.not_compared else "")
        )
    ours = reconciled.ours_beside(run)
    for code, sums in run.report["totals"].items():
        mine, theirs = Money(ours[code], code), Money(sums["gross"], code)
        yield f"Totals  ours {_amount(mine)}   file {_amount(theirs)}   difference {_amount(mine - theirs)}"
    for code, minor in run.report.get("costs", {}).items():
        yield f"Costs   {_amount(Money(minor, code))}   of the account, for no payment: booked to psp_fees"
    yield from (_alert(alert) for alert in alerts[:ALERTS_SHOWN])
    if len(alerts) > ALERTS_SHOWN:
        yield f"        and {len(alerts) - ALERTS_SHOWN:,} more: flask reconcile alerts --psp {run.psp} --status open"
    yield _next(run, alerts, public_url)


def _file(file: Mapping[str, Any]) -> str:
    digest = str(file["sha256"])
    return f"File    {file['name']}   sha256 {digest[:DIGITS]}..{digest[-DIGITS:]}   {file['rows']:,} rows"


def _alert(alert: AlertView) -> str:
    parts = [f"ALERT   {encode('alr', alert.id)}", alert.code]
    if alert.payment_id:
        parts.append(encode("pay", alert.payment_id))
    currency = alert.difference.currency
    for word, minor in (("ours", alert.ours_minor), ("theirs", alert.theirs_minor)):
        if minor is not None:
            parts.append(f"{word} {_amount(Money(minor, currency))}")
    parts.append(f"difference {_amount(alert.difference)}")
    if alert.line is not None:
        parts.append(f"file line {alert.line:,}")
    return "   ".join(parts)


def _next(run: RunRow, alerts: Sequence[AlertView], public_url: str) -> str:
    if alerts:
        alert = encode("alr", alerts[0].id)
        return f"Next    flask reconcile show {alert}   or   {public_url}/finance/alerts/{alert}"
    return f"Next    {public_url}/finance/reconciliation/runs/{run.public_id}"


def _amount(amount: Money) -> str:
    """ "482,114.07 EUR": grouped as people read it, whatever the exponent."""
    text = decimal_text(amount)
    whole, point, rest = text.partition(".")
    return (
        f"{int(whole):,}{point}{rest} {amount.currency}"
        if whole not in ("-0",)
        else f"{text} {amount.currency}"
    )
