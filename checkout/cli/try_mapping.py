"""`flask reconcile try-mapping`: reads a file as a column mapping says, and keeps nothing of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from checkout.cli.context import CommandFailed, json_option
from checkout.cli.output import note, show_list
from checkout.core.money import Money
from checkout.reconciliation.files.archives import unpacked
from checkout.reconciliation.formats.line import SettlementFileInvalid, SettlementLine
from checkout.reconciliation.formats.mapped import MappedFile
from checkout.reconciliation.formats.mapping import MappingInvalid, read_mapping

ERRORS_AT_MOST: Final = 100


@click.command("try-mapping")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lines", type=click.IntRange(1, 500), default=10, show_default=True, help="Shown at most.")
@json_option
def try_mapping_command(file: Path, mapping: Path, lines: int, as_json: bool) -> None:
    """Shows the first lines of FILE as a mapping reads them, and each row that it cannot read. Nothing is kept."""
    try:
        shown, errors = _read(file, mapping, lines)
    except MappingInvalid as error:
        raise CommandFailed(str(error)) from error
    except SettlementFileInvalid as error:
        where = "" if error.line is None else f" in line {error.line}"
        raise CommandFailed(f"The file would be refused{where}: {error.code}, {error.detail}") from error
    show_list(shown, as_json=as_json, empty="The file has no line.")
    for told in errors:
        note(told)
    if errors:
        raise CommandFailed(f"{len(errors)} rows cannot be read.")


def _read(file: Path, mapping: Path, lines: int) -> tuple[list[dict[str, Any]], list[str]]:
    shown: list[dict[str, Any]] = []
    errors: list[str] = []
    with file.open("rb") as stream:
        for row in MappedFile(unpacked(stream), read_mapping(mapping)).rows():
            if isinstance(row, SettlementLine):
                if len(shown) < lines:
                    shown.append(_line(row))
            elif row.role == "rejected" and len(errors) < ERRORS_AT_MOST:
                errors.append(f"line {row.line}  {row.code}  {row.detail}")
    return shown, errors


def _line(row: SettlementLine) -> dict[str, Any]:
    return {
        "line": row.line,
        "kind": row.kind,
        "number": row.number,
        "gross": str(Money(row.gross_minor, row.currency)),
        "fee": str(Money(row.fee_minor, row.currency)),
        "at": row.occurred_at,
        "reference": row.reference,
    }
