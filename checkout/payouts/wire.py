"""The requests of a payout, each with its own key, as they were written down when the payout was made."""

from __future__ import annotations

from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.payouts.payout import Payout
from checkout.psp import CreateBankPayout, CreateTransfer, ReverseTransfer
from checkout.psp.port.money_out import PayoutMethod


def new_transfer(payout_id: UUID, amount: Money, destination: str) -> CreateTransfer:
    reference = encode("po", payout_id)
    return CreateTransfer(reference, f"{reference}:transfer", amount, destination)


def new_payout(payout_id: UUID, amount: Money, account: str, method: PayoutMethod) -> CreateBankPayout:
    reference = encode("po", payout_id)
    return CreateBankPayout(reference, f"{reference}:payout", amount, account, method)


def new_reversal(payout: Payout, transfer_id: str) -> ReverseTransfer:
    return ReverseTransfer(payout.public_id, f"{payout.public_id}:reversal", transfer_id, payout.amount)


def transfer_request(payout: Payout) -> CreateTransfer:
    return CreateTransfer(
        payout.public_id,
        f"{payout.public_id}:transfer",
        payout.amount,
        payout.psp_account,
        wire=payout.transfer_request,
    )


def payout_request(payout: Payout) -> CreateBankPayout:
    return CreateBankPayout(
        payout.public_id,
        f"{payout.public_id}:payout",
        payout.amount,
        payout.psp_account,
        "instant" if payout.kind == "instant" else "standard",
        wire=payout.payout_request,
    )


def reversal_request(payout: Payout) -> ReverseTransfer:
    assert payout.psp_transfer_id is not None
    return ReverseTransfer(
        payout.public_id,
        f"{payout.public_id}:reversal",
        payout.psp_transfer_id,
        payout.amount,
        wire=payout.reversal_request,
    )
