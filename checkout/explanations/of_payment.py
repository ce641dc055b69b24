"""What was received of a payment: to whose orders it went, and what waits apart from them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.explanations.entries import ledger_of
from checkout.explanations.evidence import evidence_of, settlement_of
from checkout.explanations.of_movement import explain_fee
from checkout.explanations.sight import Sight
from checkout.explanations.tree import Explanation, Ref, Stored, Term, added
from checkout.identity.access import Reach

PAYMENT: Final = """
    SELECT id, storefront_id, currency, amount_received_minor, psp_session_id, psp_intent_id, psp_charge_id
      FROM payments WHERE id = %(id)s
"""
# What the PSP took and the wallet gave, and where it was booked; what happened to it afterwards is not in this figure.
BOOKED: Final = """
    SELECT e.id AS entry_id, a.kind AS account, a.owner, p.order_id, p.amount_minor, o.seller_id, sel.name
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id AND p.currency = %(currency)s
      JOIN ledger_accounts a ON a.id = p.account_id
      LEFT JOIN orders o ON o.id = p.order_id
      LEFT JOIN sellers sel ON sel.id = o.seller_id
     WHERE e.source = %(source)s AND e.kind IN (
           'payment_captured', 'payment_unapplied', 'unapplied_applied', 'wallet_topped_up')
     ORDER BY e.sequence, p.id
"""
FIELDS: Final = ("amount_received", "fee")
RECEIVED_ON: Final = frozenset({"psp_balance", "customer_wallet_held"})
APART: Final = {
    "unapplied": "Belongs to no live order",
    "customer_wallet": "Became store credit",
}


def explain_payment(session: Session, payment_id: UUID, field: str, reach: Reach) -> Explanation:
    """
    Raises:
        NotFound: no such payment within the reach, or no such figure.
    """
    payment = execute(session, PAYMENT, id=payment_id).first()
    if payment is None or field not in FIELDS or not reach.holds(storefront_id=payment.storefront_id):
        raise NotFound("no such figure of a payment")
    public_id, currency = encode("pay", payment.id), payment.currency
    if field == "fee":
        return explain_fee(session, public_id, currency, reach)
    rows = execute(session, BOOKED, source=public_id, currency=currency).all()
    terms: dict[str, Term] = {}
    effects: dict[UUID, int] = {}
    for row in rows:
        if row.account in RECEIVED_ON:
            effects[row.entry_id] = effects.get(row.entry_id, 0) + row.amount_minor
            continue
        key = str(row.order_id or row.account)
        before = terms[key].signed.amount_minor if key in terms else 0
        ref = Ref(encode("ord", row.order_id), "net") if row.order_id else None
        name = f"to {row.name}" if row.order_id else APART.get(row.account, row.account)
        terms[key] = added(name, Money(before - row.amount_minor, currency), ref)
    owners = frozenset({public_id, *(encode("sel", row.seller_id) for row in rows if row.seller_id)})
    sight = Sight(reach.everything, owners, payments=True)
    ledger = ledger_of(session, effects, currency, sight, is_the_figure=True)
    result = Money(sum(effects.values()), currency)
    credit = sum(row.amount_minor for row in rows if row.account == "customer_wallet_held")
    shown = [term for term in terms.values() if term.amount]
    return Explanation(
        ref=Ref(public_id, field),
        sentence=_sentence(result, Money(credit, currency), len([term for term in shown if term.ref])),
        terms=shown,
        result=result,
        basis="booked",
        rules=(),
        ledger=ledger,
        evidence=(
            *(() if reach.everything else settlement_of(session, payment_id)),
            *evidence_of(
                session,
                ledger,
                objects=[public_id],
                psp_objects=[payment.psp_session_id, payment.psp_intent_id, payment.psp_charge_id],
            ),
        ),
        stored=Stored(Money(payment.amount_received_minor, currency), "the payment itself"),
    )


def _sentence(result: Money, store_credit: Money, orders: int) -> str:
    if not result:
        return "Nothing was received of this payment."
    if not orders:
        return f"{result} was taken by the payment provider, for no order."
    many = "one order" if orders == 1 else f"{orders} orders"
    if store_credit:
        return f"{result} was received, {store_credit} of it from store credit, for {many}."
    return f"{result} was taken by the payment provider, for {many}."
