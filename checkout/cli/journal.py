"""`flask journal`: the journal of a period as a file for whoever keeps the company's books."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from checkout.accounting import history
from checkout.accounting.export import FORMS, Export, export_journal
from checkout.accounting.journal_lines import DETAILS
from checkout.accounting.periods import read_period
from checkout.accounting.profiles import ProfileInvalid, find_profile, load_profiles
from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option, settings
from checkout.cli.output import note, show, show_list

group = Group("journal", help="The journal, for the company's own books.")


@group.command("export")
@click.option("--period", required=True, help="2026-03, or 2026-03-01..2026-03-15; days of BUSINESS_TZ.")
@click.option("--profile", default="generic", show_default=True, help="As `flask journal profiles` names it.")
@click.option("--format", "form", type=click.Choice(FORMS), default="csv", show_default=True)
@click.option("--detail", type=click.Choice(DETAILS), default="postings", show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write."
)
@json_option
def export(period: str, profile: str, form: Any, detail: Any, out: Path, as_json: bool) -> None:
    """Writes every posting of the period, or its sums, and says the file's SHA-256. A file that is there is replaced when
    the new one is whole."""
    span = read_period(period, ZoneInfo(settings().business_tz))
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        chosen = find_profile(profile)
        with part.open("xb") as file:
            made = export_journal(file, period=span, profile=chosen, detail=detail, form=form, by=cli_cause())
        part.replace(out)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror or error}") from error
    except ProfileInvalid as error:
        raise CommandFailed(str(error), ExitCode.USAGE) from error
    finally:
        part.unlink(missing_ok=True)
    for code, postings in made.left_out.items():
        note(f"{postings:,} postings in {code} are not in the file: {chosen.name} does not take them.")
    show(_made(made, out), as_json=as_json)


@group.command("profiles")
@json_option
def profiles(as_json: bool) -> None:
    """Lists the accounting profiles: those that come along, and those of ACCOUNTING_PROFILES_DIR."""
    try:
        found = [
            {
                "profile": each.full_name,
                "title": each.title,
                "layout": each.layout,
                "unit": each.unit,
                "currencies": list(each.currencies) or None,
            }
            for each in load_profiles()
        ]
    except ProfileInvalid as error:
        raise CommandFailed(str(error), ExitCode.USAGE) from error
    show_list(found, as_json=as_json)


@group.command("exports")
@json_option
def exports(as_json: bool) -> None:
    """Lists the last exports with their checksums, newest first."""
    found = [
        {
            "made_at": each.made_at,
            "period": f"{each.first_on}..{each.last_on}",
            "profile": each.profile,
            "format": each.form,
            "detail": each.detail,
            "rows": each.rows,
            "sha256": each.sha256,
            "locked": each.was_locked and not each.unlocked_since,
            "by": each.made_by,
        }
        for each in history.exports()
    ]
    show_list(found, as_json=as_json, empty="Nothing was exported yet.")


def _made(made: Export, out: Path) -> dict[str, Any]:
    totals = {code: {"debit": debit, "credit": credit} for code, (debit, credit) in made.totals.items()}
    return {
        "file": str(out),
        "rows": made.rows,
        "bytes": made.size,
        "sha256": made.sha256,
        "locked": made.lock is not None,
        "totals": totals,
        "left_out": dict(made.left_out),
    }
