"""`flask statements`: issue one, and check a file that somebody holds."""

from __future__ import annotations

from pathlib import Path

import click

from checkout.cli.context import CommandFailed, ExitCode, Group, json_option, settings
from checkout.cli.output import show
from checkout.core.errors import InvalidParameter
from checkout.core.ids import decode
from checkout.identity.access import EVERYTHING
from checkout.statements import issue_month, issue_payout, verify_statement
from checkout.statements.csv_text import csv_text

group = Group("statements", help="Statements of sellers' money.")


@group.command("render")
@click.argument("of", metavar="PAYOUT|SELLER")
@click.option("--month", help="Of a seller: 2026-11, a month that is over.")
@click.option("--currency", help="Of a seller: EUR.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of canonical JSON.")
@json_option
def render(of: str, month: str | None, currency: str | None, as_csv: bool, as_json: bool) -> None:
    """Prints the statement of a payout (po_…), or of a seller's month, and issues it where it is new.

    The JSON is what `verify` checks: redirect it to a file as it is.
    """
    if of.startswith("po_"):
        statement = issue_payout(decode("po", of))
    else:
        if month is None or currency is None:
            raise InvalidParameter.at("/month", "a seller's statement needs --month and --currency")
        statement = issue_month(decode("sel", of), currency, month, settings().business_tz)
    if as_csv and not as_json:
        click.echo(csv_text(statement.document, statement.check_code), nl=False)
    else:
        click.echo(statement.file.decode("utf-8"))


@group.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def verify(file: Path, as_json: bool) -> None:
    """Checks a statement's JSON FILE: its code, and its content against what was issued; 6 where it is another."""
    verdict = verify_statement(file.read_bytes(), EVERYTHING)
    show(
        {
            "status": verdict.status,
            "code_fits": verdict.code_fits,
            "differing": list(verdict.differing),
            "statement": verdict.issued.public_id if verdict.issued else None,
        },
        as_json=as_json,
    )
    if not verdict.holds:
        raise CommandFailed(verdict.words, ExitCode.DIFFERENCES)
