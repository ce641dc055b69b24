"""`flask disputes`: how disputes stand, one of them whole, and who bears the fee of a seller's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from checkout.cli.context import Group, cli_cause, json_option
from checkout.cli.output import show, show_list
from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.disputes.dispute import Dispute
from checkout.disputes.fee_bearer import BEARERS, set_fee_bearer
from checkout.disputes.queries import DisputeFilter, dispute_within, list_disputes, view_dispute
from checkout.disputes.states import DISPUTE
from checkout.disputes.words import reason_in_words
from checkout.identity.access import EVERYTHING
from checkout.wording.deadlines import time_left

group = Group("disputes", help="Banks that take shoppers' money back.")
SHOWN = 100


@group.command("list")
@click.option("--status", type=click.Choice(sorted(DISPUTE.states)))
@click.option("--seller", help="Of payments with an order of this seller, sel_…")
@click.option("--payment", help="pay_…")
@click.option("--due-within-hours", type=click.IntRange(1, 10_000), help="Waiting for an answer due by then.")
@json_option
def list_command(
    status: str | None, seller: str | None, payment: str | None, due_within_hours: int | None, as_json: bool
) -> None:
    """Lists disputes, the newest first, at most a hundred."""
    filters = DisputeFilter(
        seller_id=decode("sel", seller) if seller else None,
        payment_id=decode("pay", payment) if payment else None,
        status=status,
        due_before=utcnow() + timedelta(hours=due_within_hours) if due_within_hours else None,
    )
    found = list_disputes(filters, EVERYTHING, limit=SHOWN)
    show_list([_line(dispute) for dispute in found], as_json=as_json, empty="No disputes.")


@group.command("show")
@click.argument("dispute")
@json_option
def show_command(dispute: str, as_json: bool) -> None:
    """Shows one DISPUTE (dp_…): its money, its orders, its way so far. What was said in it is not shown."""
    with atomic() as session:
        view = view_dispute(session, dispute_within(dispute, EVERYTHING), EVERYTHING)
    found: dict[str, Any] = {
        **_line(view.dispute),
        "reason_in_words": reason_in_words(view.dispute.reason),
        "psp_dispute": view.dispute.psp_dispute_id,
        "withdrawn": str(view.withdrawn),
        "reinstated": str(view.reinstated),
        "fees": str(view.fees),
        "losses": str(view.losses),
        "orders": [
            {
                "order": part.public_id,
                "seller": encode("sel", part.seller_id),
                "withdrawn": str(part.amount),
                "fee": str(part.fee),
                "fee_borne_by": part.fee_borne_by,
            }
            for part in view.parts
        ],
        "movements": [
            {"number": m.number, "amount": str(m.amount), "fee": str(m.fee), "at": m.at}
            for m in view.movements
        ],
        "answers": [{"kind": a.kind, "round": a.round, "status": a.status} for a in view.answers],
        "steps": [{"status": step.to_status, "at": step.at, "cause": step.cause} for step in view.steps],
    }
    show(found, as_json=as_json)


@group.command("fee-borne-by")
@click.argument("seller")
@click.argument("bearer", type=click.Choice(BEARERS))
@json_option
def fee_command(seller: str, bearer: str, as_json: bool) -> None:
    """Decides who bears the fee of disputes that a SELLER (sel_…) loses from now on: platform or seller."""
    with atomic() as session:
        set_fee_bearer(session, decode("sel", seller), bearer, cause=cli_cause())
    show({"seller": seller, "dispute_fee_borne_by": bearer}, as_json=as_json)


def _line(dispute: Dispute) -> dict[str, Any]:
    due_at = dispute.evidence_due_at
    return {
        "dispute": dispute.public_id,
        "payment": encode("pay", dispute.payment_id),
        "kind": dispute.kind,
        "status": dispute.status,
        "amount": str(dispute.amount),
        "reason": dispute.reason,
        "evidence_due_at": due_at,
        "due": time_left(due_at, utcnow()) if due_at else None,
        "opened_at": dispute.opened_at,
    }
