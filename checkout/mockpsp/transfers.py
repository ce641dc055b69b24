"""Transfers to connected accounts and their reversals: create, retrieve, list."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import journal, lists, shapes
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.currency_rules import check_currency, check_sendable
from checkout.mockpsp.errors import InvalidRequest, NotCovered
from checkout.mockpsp.movements import PLATFORM, available, move
from checkout.mockpsp.params import EXPAND, Metadata, Record, Text, Whole
from checkout.mockpsp.work import Work

Json = dict[str, Any]
KIND: Final = "transfer"
ROOT: Final = "/v1/transfers"


def create(call: Call) -> Json:
    params, work = call.params, call.work
    currency = check_currency(params["currency"], "currency")
    check_sendable(params["amount"], currency)
    amount = params["amount"] + call.amount_error
    _check_destination(work, params["destination"])
    if available(work, PLATFORM, currency) < amount:
        raise NotCovered("You have insufficient available funds in your Stripe account for this transfer.")
    made = shapes.transfer(params, amount=amount, currency=currency, now=work.now)
    out = move(
        work,
        PLATFORM,
        kind="transfer",
        category="transfer",
        amount=-amount,
        currency=currency,
        source=made["id"],
    )
    move(
        work,
        made["destination"],
        kind="payment",
        category="charge",
        amount=amount,
        currency=currency,
        source=made["destination_payment"],
    )
    made["balance_transaction"] = out["id"]
    work.tx.insert(made)
    _write_journal(work, "transfer", made["id"], made, amount, out)
    work.emit("transfer.created", made, lane=made["id"])
    return made


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["transfer"], "transfer")


def list_transfers(call: Call) -> Json:
    return lists.page(call, KIND, ROOT, filters=("destination", "transfer_group"))


def reverse(call: Call) -> Json:
    """Takes back what the destination still holds."""
    work, params, transfer = call.work, call.params, retrieve(call)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = params.get("amount", left)
    if amount > left or left == 0:
        raise InvalidRequest(
            f"Amount ({amount}) is greater than what is left of the transfer ({left}).",
            code="transfer_source_balance_parameters_mismatch" if left else None,
            param="amount",
        )
    amount += call.amount_error
    destination, currency = transfer["destination"], transfer["currency"]
    if available(work, destination, currency) < amount:
        raise NotCovered("The connected account has insufficient funds for this reversal.")
    made = shapes.reversal(transfer, params, amount=amount, now=work.now)
    move(
        work,
        destination,
        kind="payment_refund",
        category="refund",
        amount=-amount,
        currency=currency,
        source=made["destination_payment_refund"],
    )
    back = move(
        work,
        PLATFORM,
        kind="transfer_refund",
        category="transfer_reversal",
        amount=amount,
        currency=currency,
        source=made["id"],
    )
    made["balance_transaction"] = back["id"]
    work.tx.insert(made)
    shapes.add_reversal(transfer, made)
    work.tx.update(transfer)
    _write_journal(work, "reversal", made["id"], transfer, amount, back)
    work.emit("transfer.reversed", transfer, lane=transfer["id"])
    return made


def list_reversals(call: Call) -> Json:
    transfer = retrieve(call)
    url = f"{ROOT}/{transfer['id']}/reversals"
    return lists.select_page(call, "transfer_reversal", url, ["transfer = ?"], [transfer["id"]])


def _check_destination(work: Work, account_id: str) -> None:
    account = work.tx.get("account", account_id)
    if account is None:
        raise InvalidRequest(
            f"No such destination: '{account_id[:60]}'", code="resource_missing", param="destination"
        )
    if account["capabilities"]["transfers"] != "active":
        raise InvalidRequest(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers",
            code="insufficient_capabilities_for_transfer",
        )


def _write_journal(work: Work, kind: str, object_id: str, transfer: Json, amount: int, booked: Json) -> None:
    journal.write(
        work.tx,
        kind=kind,
        at=work.now,
        object_id=object_id,
        amount=amount,
        currency=transfer["currency"],
        balance_transaction=booked["id"],
        reference=transfer["transfer_group"] or transfer["metadata"].get("payout"),
        idempotency_key=work.idempotency_key,
        destination=transfer["destination"],
    )


_ONLY_EXPAND: Final = Record({"expand": EXPAND})
_CREATE: Final = Record(
    {
        "amount": Whole(1),
        "currency": Text(20),
        "description": Text(1000),
        "destination": Text(200),
        "expand": EXPAND,
        "metadata": Metadata(),
        "transfer_group": Text(500),
    },
    required=("amount", "currency", "destination"),
)
_REVERSE: Final = Record(
    {"amount": Whole(1), "description": Text(1000), "expand": EXPAND, "metadata": Metadata()}
)
_REVERSALS: Final = Record(
    {
        "ending_before": Text(200),
        "expand": EXPAND,
        "limit": Whole(1, lists.MAX_LIMIT),
        "starting_after": Text(200),
    }
)
ENDPOINTS: Final = (
    Endpoint("POST", ROOT, _CREATE, create),
    Endpoint("GET", ROOT, lists.accepts(destination=Text(200), transfer_group=Text(500)), list_transfers),
    Endpoint("GET", f"{ROOT}/<transfer>", _ONLY_EXPAND, retrieve),
    Endpoint("POST", f"{ROOT}/<transfer>/reversals", _REVERSE, reverse),
    Endpoint("GET", f"{ROOT}/<transfer>/reversals", _REVERSALS, list_reversals),
)
