"""`flask audit`: read who did what, and prove that nobody has changed it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from checkout.audit.seals import seal_audit_log
from checkout.audit.verify import Proof, keep, verify_audit_log
from checkout.cli.context import CommandFailed, ExitCode, Group, json_option
from checkout.cli.output import note, show, show_list
from checkout.core.errors import InvalidParameter
from checkout.db.session import atomic
from checkout.reporting.audit import AuditFilter, AuditRow, list_audit
from checkout.reporting.paging import Cut

MOST = 100

group = Group("audit", help="Who did what: the append-only log of every action that changed something.")


@group.command("list")
@click.option("--actor", help="Who, or how it begins: person:usr_…, key:key_…, cli:, task:")
@click.option("--action", help="What, or how it begins: payment.cancel, role.")
@click.option("--object", "of", help="The id of what was changed: pay_…, usr_…")
@click.option("--request", "request_id", help="req_…, as the answer's Request-Id said.")
@click.option("--from", "at_from", help="From this time on, RFC 3339: 2026-12-01T00:00:00Z.")
@click.option("--before", "at_before", help="Before this time.")
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=25, show_default=True, help="The newest so many."
)
@json_option
def list_rows(
    actor: str | None,
    action: str | None,
    of: str | None,
    request_id: str | None,
    at_from: str | None,
    at_before: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Lists the newest rows that all filters let through."""
    filters = AuditFilter(
        actor=actor,
        action=action,
        object=of,
        request_id=request_id,
        at_from=_moment("from", at_from),
        at_before=_moment("before", at_before),
    )
    page = list_audit(filters, Cut(limit=limit))
    show_list(
        [_row(row) for row in page.rows], as_json=as_json, empty="Nothing in the audit log is like that."
    )


@group.command("verify")
@json_option
def verify(as_json: bool) -> None:
    """Proves every row against its seal and the chain of seals; ends with 6 and names the first differences where one
    is. The result is kept for the page of the log."""
    proof = verify_audit_log()
    with atomic() as session:
        keep(session, proof)
    shown = _proof(proof)
    if as_json:
        show(shown, as_json=True)
    else:
        show({k: v for k, v in shown.items() if k != "differences"}, as_json=False)
        for difference in proof.differences:
            note(f"{difference.code}  {difference.subject}  {difference.detail}")
    if not proof.holds:
        raise CommandFailed(f"{proof.difference_count} differences found.", ExitCode.DIFFERENCES)


@group.command("seal")
@json_option
def seal(as_json: bool) -> None:
    """Seals what was written since the last seal, now instead of within the minute."""
    seals = seal_audit_log()
    items = [{"number": s.number, "rows": s.entries, "digest": s.digest.hex()} for s in seals]
    show_list(items, as_json=as_json, empty="Nothing new to seal.")


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidParameter.at(f"/{name}", f"{text!r} is no RFC 3339 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _row(row: AuditRow) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "at": row.at,
        "actor": row.actor,
        "role": row.role,
        "action": row.action,
        "object": row.object,
        "before": row.before,
        "after": row.after,
        "reason": row.reason,
        "ip": row.ip,
        "request_id": row.request_id,
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "holds": proof.holds,
        "rows": proof.rows,
        "seals": proof.seals,
        "unsealed_rows": proof.unsealed_rows,
        "verified_through_row": proof.through_sequence,
        "head_digest": proof.head_digest.hex(),
        "difference_count": proof.difference_count,
        "differences": [
            {"code": d.code, "subject": d.subject, "detail": d.detail} for d in proof.differences
        ],
    }
