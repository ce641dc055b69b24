"""Why a figure is what it is. Who may read the object may have it explained: a route for each kind of object, since each
asks for its own permission."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import Response

from checkout.api.answers import resource
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint, Decorator, View
from checkout.api.explanation_examples import EXPLANATION
from checkout.api.representations import as_bytes
from checkout.api.schemas.balances import AsOfQuery
from checkout.api.schemas.explanations import Explanation
from checkout.explanations import PERMISSION_OF, Ref, explain
from checkout.explanations.document import document_of

explanations = ApiBlueprint(
    "explanations", __name__, description="Each figure: its equation, rules, ledger entries and causes."
)

BALANCES: Final = "balance.available.EUR; on_hold, reserved and in_transit likewise, in any currency."


def _parameters(prefix: str, name: str, figures: str, example: str) -> list[dict[str, Any]]:
    text = {"type": "string", "maxLength": 100}
    return [
        {
            "in": "path",
            "name": f"{name}_suffix",
            "schema": {"type": "string", "maxLength": 64},
            "description": f"The {name}'s id after {prefix}_",
            "example": "01kaj7b1k5n8r2t5w8z1c4f7h0",
        },
        {
            "in": "path",
            "name": f"{name}_figure",
            "schema": text,
            "description": figures,
            "example": example,
        },
    ]


def _explains(prefix: str, name: str, figures: str, example: str) -> Decorator:
    """All that these routes have in common."""

    def decorate(view: View) -> View:
        for step in (
            explanations.refuses("not_found"),
            explanations.answers(304, description="It is as the ETag in If-None-Match says."),
            explanations.answers(200, Explanation, description="The explanation.", example=EXPLANATION),
            explanations.requires(PERMISSION_OF[prefix]),
            explanations.route(
                f"/v1/explanations/{prefix}_<{name}_suffix>/<{name}_figure>",
                methods=["GET"],
                parameters=_parameters(prefix, name, figures, example),
            ),
        ):
            view = step(view)
        return view

    return decorate


def _answer(prefix: str, suffix: str, figure: str, *, at: datetime | None = None) -> Response:
    return resource(as_bytes(document_of(explain(Ref(f"{prefix}_{suffix}", figure, at), reach()))))


@_explains("sel", "seller", BALANCES, "balance.available.EUR")
@explanations.takes(AsOfQuery)
def of_seller(seller_suffix: str, seller_figure: str, query: dict[str, Any]) -> Response:
    """Explain a balance

    Term by term from the postings: orders on hold, payouts on their way, or the movements of what is available. Now, or
    as it was at a time.
    """
    return _answer("sel", seller_suffix, seller_figure, at=query.get("at"))


@_explains("po", "payout", "amount, fee or carried.", "amount")
def of_payout(payout_suffix: str, payout_figure: str) -> Response:
    """Explain a payout

    Each movement that is in it; its fee; what the currency's step leaves for the next one.
    """
    return _answer("po", payout_suffix, payout_figure)


@_explains("ord", "order", "net, released, commission, on_hold or reserved.", "net")
def of_order(order_suffix: str, order_figure: str) -> Response:
    """Explain an order

    What it brings its seller after each deduction, by the rules frozen when its payment was created.
    """
    return _answer("ord", order_suffix, order_figure)


@_explains("re", "refund", "amount.", "amount")
def of_refund(refund_suffix: str, refund_figure: str) -> Response:
    """Explain a refund

    What goes back to the shopper, and from whose money; for the platform's own people down to the PSP's row.
    """
    return _answer("re", refund_suffix, refund_figure)


@_explains("dp", "dispute", "amount.", "amount")
def of_dispute(dispute_suffix: str, dispute_figure: str) -> Response:
    """Explain a dispute

    What it took from the balance at the PSP with its fee, less what was given back.
    """
    return _answer("dp", dispute_suffix, dispute_figure)


@_explains("jrn", "entry", "moved.EUR, or on_its_way.EUR of a payout to our bank.", "moved.EUR")
def of_entry(entry_suffix: str, entry_figure: str) -> Response:
    """Explain a journal entry

    What it moved, with the rows of settlement files and bank statements that tell of it. For the platform alone.
    """
    return _answer("jrn", entry_suffix, entry_figure)


@_explains("run", "run", "difference.EUR.", "difference.EUR")
def of_run(run_suffix: str, run_figure: str) -> Response:
    """Explain what a night left unexplained

    Alert by alert, as it stood when the day was last compared. For the platform alone.
    """
    return _answer("run", run_suffix, run_figure)


@_explains("alr", "alert", "difference.", "difference")
def of_alert(alert_suffix: str, alert_figure: str) -> Response:
    """Explain a difference

    Ours less theirs, with the row of the file. For the platform alone.
    """
    return _answer("alr", alert_suffix, alert_figure)


@_explains("pay", "payment", "amount_received; fee for the platform alone.", "amount_received")
def of_payment(payment_suffix: str, payment_figure: str) -> Response:
    """Explain a payment

    What was received, and to whose orders it went.
    """
    return _answer("pay", payment_suffix, payment_figure)
