"""A seller's balance: what is on hold, available, reserved or on its way, term by term from the postings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.currencies import CODES
from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.explanations.entries import TERMS_SHOWN, ledger_of_account, on_account
from checkout.explanations.evidence import evidence_of
from checkout.explanations.sight import sight_of
from checkout.explanations.tree import Explanation, Ref, Rule, Stored, Term, added
from checkout.explanations.words import word_of
from checkout.identity.access import Reach
from checkout.ledger.seller_balances import ACCOUNT_OF
from checkout.sellers.queries import read_seller
from checkout.wording.times import machine

FIELD: Final = re.compile(
    rf"balance\.(?P<of>{'|'.join(ACCOUNT_OF)})\.(?P<currency>[A-Z]{{3}})(?:\.(?P<kind>[a-z_]{{1,40}}))?"
)
# What stands together in one term: an order's money, a payout's, or all movements of one kind.
GROUP_OF: Final = {
    "on_hold": "p.order_id::text",
    "reserved": "p.order_id::text",
    "in_transit": "e.source",
    "available": "e.kind",
}
GROUPED: Final = """
    WITH parts AS (
        SELECT {group} AS part, -sum(p.amount_minor)::bigint AS amount_minor, count(*) AS postings, max(p.id) AS newest
          FROM postings p
          JOIN ledger_accounts a ON a.id = p.account_id
          JOIN journal_entries e ON e.id = p.entry_id
         WHERE a.kind = %(account)s AND a.owner = %(owner)s AND a.currency = %(currency)s
           AND (%(at)s::timestamptz IS NULL OR e.effective_at <= %(at)s)
         GROUP BY 1 HAVING sum(p.amount_minor) <> 0
    )
    SELECT part, amount_minor, postings, count(*) OVER () AS parts, sum(amount_minor) OVER ()::bigint AS whole_minor
      FROM parts ORDER BY newest DESC LIMIT %(limit)s
"""
STORED: Final = """
    SELECT -account_balance(id) AS amount_minor FROM ledger_accounts
     WHERE kind = %(account)s AND owner = %(owner)s AND currency = %(currency)s
"""


@dataclass(frozen=True, slots=True)
class BalanceField:
    """Which of the four amounts, in which currency; `kind`: only the movements of one kind of entry; `at`: as it was."""

    of: str
    currency: str
    kind: str | None
    at: datetime | None = None


def read_field(text: str) -> BalanceField:
    """Takes "balance.available.EUR" or "balance.available.EUR.order_released" apart.

    Raises:
        NotFound: there is no such figure.
    """
    found = FIELD.fullmatch(text)
    if found is None or found["currency"] not in CODES or (found["kind"] and found["of"] != "available"):
        raise NotFound("no such figure of a seller")
    return BalanceField(found["of"], found["currency"], found["kind"])


def explain_balance(
    session: Session, seller_id: UUID, field: str, reach: Reach, *, at: datetime | None = None
) -> Explanation:
    """What stands there now, or stood there by the entries effective at a moment."""
    wanted = replace(read_field(field), at=at)
    owner, account = encode("sel", seller_id), ACCOUNT_OF[wanted.of]
    rows = on_account(session, account, owner, wanted.currency, kind=wanted.kind, at=at)
    if wanted.kind is not None:
        terms, whole = _each(rows, wanted.currency), rows[0].whole_minor if rows else 0
    else:
        terms, whole = _grouped(session, wanted, owner, account)
    ledger = ledger_of_account(session, rows, wanted.currency, sight_of(reach, owner))
    result = Money(whole, wanted.currency)
    return Explanation(
        ref=Ref(owner, field, at),
        sentence=_sentence(wanted, result, len(terms)),
        terms=terms,
        result=result,
        basis="booked",
        rules=_rules(session, wanted.of, seller_id) if at is None else [],
        ledger=ledger,
        evidence=evidence_of(session, ledger, objects=[]),
        stored=_stored(session, account, owner, wanted) if at is None else None,
    )


def _grouped(session: Session, wanted: BalanceField, owner: str, account: str) -> tuple[list[Term], int]:
    rows = execute(
        session,
        GROUPED.format(group=GROUP_OF[wanted.of]),
        account=account,
        owner=owner,
        currency=wanted.currency,
        at=wanted.at,
        limit=TERMS_SHOWN,
    ).all()
    terms = [_term(row, wanted, owner) for row in rows]
    whole = rows[0].whole_minor if rows else 0
    return _with_rest(terms, whole, rows[0].parts if rows else 0, wanted.currency), whole


def _term(row: Row[Any], wanted: BalanceField, owner: str) -> Term:
    amount = Money(row.amount_minor, wanted.currency)
    match wanted.of:
        case "on_hold":
            order = encode("ord", UUID(row.part))
            return added(f"Order {order}", amount, _if_now(Ref(order, "on_hold"), wanted))
        case "reserved":
            if row.part is None:
                return added("Not of one order", amount)
            order = encode("ord", UUID(row.part))
            return added(f"Order {order}", amount, _if_now(Ref(order, "reserved"), wanted))
        case "in_transit":
            ref = Ref(row.part, "amount") if row.part.startswith("po_") else None
            return added(f"Payout {row.part}", amount, ref)
        case _:
            times = "" if row.postings == 1 else f", {row.postings} times"
            field = f"balance.{wanted.of}.{wanted.currency}.{row.part}"
            return added(f"{word_of(row.part)}{times}", amount, Ref(owner, field, wanted.at))


def _if_now(ref: Ref, wanted: BalanceField) -> Ref | None:
    """A figure that has gone on since explains nothing of what was."""
    return ref if wanted.at is None else None


def _each(rows: Sequence[Row[Any]], currency: str) -> list[Term]:
    terms = [
        added(
            f"{word_of(row.kind)} {encode('ord', row.order_id) if row.order_id else row.source}",
            Money(row.amount_minor, currency),
            ref_of_movement(row.kind, row.source, row.order_id),
            row.entry_id,
        )
        for row in rows
    ]
    if not rows:
        return terms
    return _with_rest(terms, rows[0].whole_minor, rows[0].postings, currency)


def ref_of_movement(kind: str, source: str, order_id: UUID | None) -> Ref | None:
    """Where a movement of the available balance is explained further."""
    match kind:
        case "order_released" if order_id is not None:
            return Ref(encode("ord", order_id), "released")
        case "payout_created" | "payout_released":
            return Ref(source, "amount")
        case "payout_fee_charged" | "payout_fee_returned":
            return Ref(source, "fee")
        case _:
            return None


def _with_rest(terms: list[Term], whole_minor: int, parts: int, currency: str) -> list[Term]:
    if parts <= len(terms):
        return terms
    shown = sum(term.signed.amount_minor for term in terms)
    return [*terms, added(f"{parts - len(terms)} earlier ones", Money(whole_minor - shown, currency))]


def _stored(session: Session, account: str, owner: str, wanted: BalanceField) -> Stored | None:
    if wanted.kind is not None:
        return None
    row = execute(session, STORED, account=account, owner=owner, currency=wanted.currency).first()
    return Stored(Money(row.amount_minor, wanted.currency), "the account's running balance") if row else None


def _sentence(wanted: BalanceField, result: Money, terms: int) -> str:
    said = _said(wanted, result, terms)
    return said if wanted.at is None else f"As it was at {machine(wanted.at)}: {said}"


def _said(wanted: BalanceField, result: Money, terms: int) -> str:
    if wanted.kind is not None:
        return f"{result} is what all entries of the kind {wanted.kind} made of the available balance."
    many = "one order" if terms == 1 else f"{terms} orders"
    if not result:
        return f"Nothing is {wanted.of.replace('_', ' ')} in {wanted.currency}."
    match wanted.of:
        case "on_hold":
            return f"{result} was paid by shoppers for {many} that are not released yet."
        case "reserved":
            return f"{result} of {many} is held back for the reserve's days."
        case "in_transit":
            payouts = "one payout" if terms == 1 else f"{terms} payouts"
            return f"{result} is reserved in {payouts} that have not arrived."
        case _:
            state = "can be paid out" if result.amount_minor > 0 else "is owed to the platform"
            return f"{result} {state}: what orders earned, less all that has left the balance."


def _rules(session: Session, of: str, seller_id: UUID) -> list[Rule]:
    seller = read_seller(session, seller_id)
    if of == "on_hold":
        return [Rule("Hold after delivery", "the seller's own", {"days": seller.hold_days}, "none")]
    if of == "reserved":
        inputs = {"basis_points": seller.reserve_bps, "days": seller.reserve_days}
        return [Rule("Rolling reserve, for orders of today", "the seller's own", inputs, "down")]
    return []
