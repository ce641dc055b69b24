"""The first transaction of a payment that uses or fills a wallet. Beside what every checkout writes, the store credit is
held in it; where the wallet pays it all, the payment succeeds in it, and the PSP never hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger import journal
from checkout.ledger.wallet_recipes import paid_from_wallet
from checkout.payments import key as keys
from checkout.payments import start_statements
from checkout.payments.answer import Answer
from checkout.payments.commands import StartPayment
from checkout.payments.key import HeldKey
from checkout.payments.locked import lock_payment
from checkout.payments.paying import succeed
from checkout.payments.queries import read_view
from checkout.payments.start_again import Desk
from checkout.wallets.hold import hold

WALLET: Final = "wallet"  # the method of a payment that no card paid any of

# Apart from CREATE, which every checkout sends and which must stay as short as it is.
MARK: Final = """
    UPDATE payments SET purpose = %(purpose)s, wallet_amount_minor = %(wallet_amount)s WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Written:
    """The key's token, the shopper as stored, and the answer where there is nothing to ask the PSP."""

    token: int
    shopper_id: UUID
    answer: Answer | None = None


def write_with_wallet(command: StartPayment, desk: Desk, parameters: Mapping[str, Any]) -> Written | None:
    """`parameters`: those of start_statements.CREATE. None where the key is taken, and nothing was written.

    Raises:
        WalletTooSmall: nothing was written.
    """
    with atomic() as session:
        row = execute(session, start_statements.CREATE, **parameters).first()
        if row is None:
            return None
        payment_id: UUID = parameters["id"]
        wallet = command.wallet_amount or Money.zero(command.amount.currency)
        mark = {"id": payment_id, "purpose": command.purpose, "wallet_amount": wallet.amount_minor}
        execute(session, MARK, **mark)
        if not wallet:
            return Written(row.token, row.shopper_id)
        holding = {"payment_id": payment_id, "shopper_id": row.shopper_id, "amount": wallet}
        hold(session, **holding, cause=desk.cause, now=parameters["now"])
        if command.card_amount:
            return Written(row.token, row.shopper_id)
        held = HeldKey(desk.principal, desk.key, command.fingerprint, row.token, 201)
        return Written(row.token, row.shopper_id, _pay(session, desk, held, parameters))


def _pay(session: Session, desk: Desk, held: HeldKey, parameters: Mapping[str, Any]) -> Answer:
    """The wallet has it all: succeeded, booked and answered."""
    payment, now = lock_payment(session, parameters["id"]), parameters["now"]
    nothing = Money.zero(payment.amount.currency)
    columns = {"method": WALLET}
    paid = succeed(session, payment, received=nothing, columns=columns, cause=desk.cause, now=now)
    made = keys.answer(read_view(session, payment.id), desk.render, status=held.status)
    answered = keys.finish(session, held, payment.id, made, now=now)
    assert paid.wallet is not None, "it was held a moment ago"
    entry = paid_from_wallet(payment_id=payment.id, orders=paid.orders, wallet=paid.wallet)
    journal.post(session, entry, cause=desk.cause)
    return answered
