"""`flask reconcile try`: past nights judged anew by other rules, and nothing kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from checkout.cli.context import CommandFailed, ExitCode, json_option
from checkout.cli.output import note, show, show_list
from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.reconciliation.night.trial import Alarm, Change, try_rules
from checkout.reconciliation.rules import RulesInvalid, current, load


@click.command("try")
@click.option("--rules", "path", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--nights", type=click.IntRange(1, 366), default=30, show_default=True, help="Days back from today."
)
@click.option("--psp", default="stripe", show_default=True, type=click.Choice(["stripe", "adyen", "paypal"]))
@json_option
def try_rules_command(path: Path, nights: int, psp: str, as_json: bool) -> None:
    """Shows what a file of rules would have told of the last nights that today's rules have not, and what not; nothing is
    kept. Ends with 6 where anything would have been told otherwise."""
    try:
        tried = load(path)
    except RulesInvalid as error:
        raise CommandFailed(str(error), ExitCode.USAGE) from error
    trial = try_rules(psp, nights=nights, today=current(), tried=tried, now=utcnow())
    items = _summed(trial.changes)
    if as_json:
        head = {"rules": current().label, "tried": tried.label, "psp": psp, "nights": len(trial.days)}
        show(head | {"items": items}, as_json=True)
    else:
        note(f"{tried.label} against {current().label}, {len(trial.days)} nights of {psp}.")
        show_list(items, as_json=False, empty="Nothing would have been told otherwise.")
    if items:
        raise CommandFailed(
            f"{len(trial.changes)} differences would have been told otherwise.", ExitCode.DIFFERENCES
        )


def _summed(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """One row for each night, code, way of change, severity and currency: how many, and what they come to."""
    counts: Counter[tuple[Any, ...]] = Counter()
    sums: Counter[tuple[Any, ...]] = Counter()
    for change in changes:
        told = change.after or change.before
        assert told is not None, "a change has one side at least"
        key = (
            change.business_on,
            told.code,
            change.what,
            _severity(change.before),
            _severity(change.after),
            told.currency,
        )
        counts[key] += 1
        sums[key] += told.amount_minor
    names = ("night", "code", "change", "before", "after", "currency")
    return [
        dict(zip(names, key, strict=True))
        | {"count": counts[key], "amount": sums[key], "text": _text(key, sums)}
        for key in sorted(counts, key=str)
    ]


def _severity(alarm: Alarm | None) -> str | None:
    return alarm.severity if alarm else None


def _text(key: tuple[Any, ...], sums: Counter[tuple[Any, ...]]) -> str:
    """The amount as people read it."""
    return str(Money(sums[key], key[-1]))
