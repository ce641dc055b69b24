"""Payouts from an account to its bank: create, retrieve, list, cancel. What the bank does is `bank_side.py`."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import bank_side, lists, payout_fates, shapes, timers
from checkout.mockpsp.banks import ORDINARY
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.currency_rules import check_currency, check_payable
from checkout.mockpsp.errors import InvalidRequest, NotCovered
from checkout.mockpsp.movements import PLATFORM, available, move
from checkout.mockpsp.params import EXPAND, Metadata, Record, Text, Whole
from checkout.mockpsp.shapes.account import bank_account
from checkout.mockpsp.timers import TimerKind
from checkout.mockpsp.work import Work

Json = dict[str, Any]
KIND: Final = "payout"
ROOT: Final = "/v1/payouts"
DAY: Final = 86_400


def create(call: Call) -> Json:
    params, work = call.params, call.work
    account, currency = work.account, check_currency(params["currency"], "currency")
    check_payable(params["amount"], currency)
    amount, method = params["amount"] + call.amount_error, params.get("method", "standard")
    bank = _bank(work, account, currency)
    if method not in bank["available_payout_methods"]:
        raise InvalidRequest(
            "This bank account does not take instant payouts.", code="instant_payouts_unsupported"
        )
    if available(work, account, currency) < amount:
        raise NotCovered("You have insufficient funds in your Stripe account for this payout.")
    arrives = work.now + bank_side.travel_seconds(method)
    made = shapes.payout(
        params,
        amount=amount,
        currency=currency,
        method=method,
        bank_id=bank["id"],
        now=work.now,
        arrives=arrives // DAY * DAY if method == "standard" else arrives,
    )
    out = move(
        work, account, kind="payout", category="payout", amount=-amount, currency=currency, source=made["id"]
    )
    made["balance_transaction"] = out["id"]
    fate = payout_fates.of(work, account, bank, currency)
    work.tx.insert(
        made, private={"account": account, "fate": fate, "reference": made["metadata"].get("payout")}
    )
    timers.set_timer(work.tx, TimerKind.SEND_PAYOUT, made["id"], due=work.now + bank_side.LEAVES_SECONDS)
    bank_side.write_journal(work, "payout", made, account, out)
    work.emit("payout.created", made, lane=made["id"], account=account)
    return made


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["payout"], "payout")


def list_payouts(call: Call) -> Json:
    return lists.page(call, KIND, ROOT, filters=("destination", "status"))


def cancel(call: Call) -> Json:
    """Calls a payout back that has not left."""
    made = retrieve(call)
    if made["status"] != "pending":
        raise InvalidRequest(
            "Payouts can only be canceled while they are pending. This payout has a status of "
            f"{made['status']}.",
            code="payout_already_sent",
        )
    bank_side.call_back(call.work, made)
    return made


def _bank(work: Work, account_id: str, currency: str) -> Json:
    """Where the money goes: the bank account of the currency, else the first one there is; the platform has one that
    takes everything."""
    if account_id == PLATFORM:
        return bank_account(
            "acct_platform", ORDINARY, number=ORDINARY.number, country="DE", currency=currency, holder=None
        ) | {"id": "ba_platform"}
    account = work.tx.get("account", account_id)
    assert account is not None, "the gateway has found it"
    banks = account["external_accounts"]["data"]
    if not account["payouts_enabled"] or not banks:
        raise InvalidRequest(
            "Cannot create payouts: this account has requirements that must be met before it can be paid out.",
            code="payouts_not_allowed",
        )
    found: Json = next((bank for bank in banks if bank["currency"] == currency), banks[0])
    return found


_ONLY_EXPAND: Final = Record({"expand": EXPAND})
_CREATE: Final = Record(
    {
        "amount": Whole(1),
        "currency": Text(20),
        "description": Text(1000),
        "expand": EXPAND,
        "metadata": Metadata(),
        "method": Text(choices=("instant", "standard")),
        "statement_descriptor": Text(22),
    },
    required=("amount", "currency"),
)
ENDPOINTS: Final = (
    Endpoint("POST", ROOT, _CREATE, create, on_accounts=True),
    Endpoint(
        "GET",
        ROOT,
        lists.accepts(
            destination=Text(200),
            status=Text(choices=("canceled", "failed", "in_transit", "paid", "pending")),
        ),
        list_payouts,
        on_accounts=True,
    ),
    Endpoint("GET", f"{ROOT}/<payout>", _ONLY_EXPAND, retrieve, on_accounts=True),
    Endpoint("POST", f"{ROOT}/<payout>/cancel", _ONLY_EXPAND, cancel, on_accounts=True),
)
