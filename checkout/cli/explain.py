"""`flask explain`: why a figure is what it is, as a tree down to the ledger entries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Final

import click
from flask.cli import with_appcontext

from checkout.cli.context import Command, CommandFailed, ExitCode, json_option
from checkout.cli.output import note
from checkout.core.ids import encode
from checkout.explanations import Explanation, Ref, explain, read_ref
from checkout.explanations.document import document_of, equation_text
from checkout.identity.access import EVERYTHING

MOST_FIGURES: Final = 200  # a tree of more is no longer read


@click.command("explain", cls=Command)
@click.argument("ref", metavar="ID/FIGURE")
@click.option("--depth", type=click.IntRange(1, 5), default=2, show_default=True, help="Levels of figures.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="A balance as it was: 2026-11-21T09:30:00Z."
)
@json_option
@with_appcontext
def group(ref: str, depth: int, at: datetime | None, as_json: bool) -> None:
    """Explains a figure: po_…/amount, ord_…/net, sel_…/balance.available.EUR, pay_…/amount_received or fee,
    re_…/amount, dp_…/amount, jrn_…/moved.EUR or on_its_way.EUR, run_…/difference.EUR, alr_…/difference.

    Ends with 6 where one of the figures does not agree with the ledger.
    """
    if "/" not in ref:
        raise click.UsageError(
            f"'{ref}' names no figure: add one, as in pay_…/amount_received; --help lists them."
        )
    top = replace(read_ref(ref), at=at)
    figures = _figures(top, depth)
    if as_json:
        click.echo(json.dumps(document_of(figures[top]), ensure_ascii=False))
    else:
        _print(top, figures, set(), 0)
    wrong = [str(each) for each, found in figures.items() if not found.holds]
    if wrong:
        raise CommandFailed(f"These differ from the ledger: {', '.join(wrong)}", ExitCode.DIFFERENCES)


def _figures(top: Ref, depth: int) -> dict[Ref, Explanation]:
    """The figure and those it leads to, level by level."""
    found: dict[Ref, Explanation] = {}
    level = [top]
    for _ in range(depth):
        following: list[Ref] = []
        for ref in level:
            if ref in found:
                continue
            if len(found) == MOST_FIGURES:
                note(f"Only the first {MOST_FIGURES} figures are explained.")
                return found
            found[ref] = explain(ref, EVERYTHING)
            following += [term.ref for term in found[ref].terms if term.ref]
        level = following
    return found


def _print(ref: Ref, figures: dict[Ref, Explanation], above: set[Ref], level: int) -> None:
    found, margin = figures[ref], "  " * level
    click.echo(f"{margin}{ref}  {found.result}{'' if found.holds else f'  DIFFERS BY {found.difference}'}")
    click.echo(f"{margin}  {found.sentence}")
    click.echo(f"{margin}  {equation_text(found)}")
    for rule in found.rules:
        inputs = ", ".join(f"{name} {value}" for name, value in rule.inputs.items())
        click.echo(f"{margin}  rule  {rule.name} ({rule.version}): {inputs}; rounded {rule.rounding}")
    for entry in found.ledger.entries:
        click.echo(f"{margin}  entry {encode('jrn', entry.id)}  {entry.kind}  {entry.effect}  {entry.cause}")
    for row, raw in ((piece.row, piece.raw) for piece in found.evidence if piece.row):
        click.echo(f"{margin}  row   line {row.line} of {row.psp}, sha256 {row.sha256}")
        click.echo(f"{margin}        {raw}")
    for term in found.terms:
        click.echo(f"{margin}  {term.signed}  {term.name}")
        if term.ref in figures and term.ref not in above:
            _print(term.ref, figures, {*above, ref}, level + 2)
