"""Transfers, their reversals and payouts."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import object_ids

Json = dict[str, Any]
REVERSALS_SHOWN: Final = 10  # a transfer shows its newest, the list has them all


def transfer(params: Json, *, amount: int, currency: str, now: int) -> Json:
    transfer_id = object_ids.transfer_id()
    return {
        "id": transfer_id,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": now,
        "currency": currency,
        "description": params.get("description"),
        "destination": params["destination"],
        "destination_payment": object_ids.destination_payment_id(),
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "reversals": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/transfers/{transfer_id}/reversals",
        },
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": params.get("transfer_group"),
    }


def reversal(transfer: Json, params: Json, *, amount: int, now: int) -> Json:
    return {
        "id": object_ids.transfer_reversal_id(),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": now,
        "currency": transfer["currency"],
        "destination_payment_refund": object_ids.destination_refund_id(),
        "metadata": params.get("metadata", {}),
        "source_refund": None,
        "transfer": transfer["id"],
    }


def add_reversal(transfer: Json, made: Json) -> None:
    part = transfer["reversals"]
    count = part["total_count"] + 1
    part |= {
        "data": [made, *part["data"]][:REVERSALS_SHOWN],
        "total_count": count,
        "has_more": count > REVERSALS_SHOWN,
    }
    transfer["amount_reversed"] += made["amount"]
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]


def payout(
    params: Json, *, amount: int, currency: str, method: str, bank_id: str, now: int, arrives: int
) -> Json:
    return {
        "id": object_ids.payout_id(),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrives,
        "automatic": False,
        "balance_transaction": None,
        "created": now,
        "currency": currency,
        "description": params.get("description"),
        "destination": bank_id,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "method": method,
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }


def movement(
    *,
    kind: str,
    category: str,
    amount: int,
    currency: str,
    source: str,
    now: int,
    description: str | None = None,
    fee: int = 0,
) -> Json:
    """A balance transaction that is available at once. `fee` is a cost; negative: a fee given back."""
    of_fee = {"amount": fee, "application": None, "currency": currency, "description": description}
    return {
        "id": object_ids.balance_transaction_id(),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [of_fee | {"type": "stripe_fee"}] if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "status": "available",
        "type": kind,
    }
