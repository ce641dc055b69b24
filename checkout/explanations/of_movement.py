"""Figures that entries of one source make up: what a refund gives back, what a dispute took, what the PSP kept of a payment,
and what one journal entry moved, or still has on its way to our bank."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.currencies import CODES
from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.explanations.entries import ledger_of
from checkout.explanations.evidence import evidence_of
from checkout.explanations.sight import Sight
from checkout.explanations.tree import Explanation, Ref, Stored, Term, added
from checkout.explanations.words import word_of
from checkout.identity.access import Reach

POSTINGS_MOST: Final = 1_000  # an entry has a leg for each order of a payment
ENTRY_FIELD: Final = re.compile(r"(?P<of>moved|on_its_way)\.(?P<currency>[A-Z]{3})")

REFUND: Final = """
    SELECT r.amount_minor, r.currency, r.psp_refund_id, p.storefront_id
      FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.id = %(id)s
"""
DISPUTE: Final = """
    SELECT d.currency, d.psp_dispute_id, p.storefront_id
      FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.id = %(id)s
"""
POSTED: Final = """
    SELECT e.id AS entry_id, e.kind, e.source, a.kind AS account, a.owner, p.order_id, p.amount_minor, sel.name AS seller
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id AND p.currency = %(currency)s
      JOIN ledger_accounts a ON a.id = p.account_id
      LEFT JOIN orders o ON o.id = p.order_id
      LEFT JOIN sellers sel ON sel.id = o.seller_id
     WHERE (e.id = %(entry_id)s OR e.source = %(source)s) AND (%(kinds)s::text[] IS NULL OR e.kind = ANY(%(kinds)s))
     ORDER BY e.sequence, p.id LIMIT %(limit)s
"""
GIVEN_BACK_FROM: Final = frozenset({"refund_in_transit", "psp_balance", "customer_wallet"})


@dataclass(frozen=True, slots=True)
class _Books:
    """The postings of some entries in one currency, and what each entry adds to the figure."""

    currency: str
    rows: Sequence[Row[Any]]
    effects: Mapping[UUID, int]

    @property
    def total(self) -> Money:
        return Money(sum(self.effects.values()), self.currency)


def explain_refund(session: Session, refund_id: UUID, field: str, reach: Reach) -> Explanation:
    """What a refund gives back, and from whose money.

    Raises:
        NotFound: no such refund within the reach, or no such figure.
    """
    refund = execute(session, REFUND, id=refund_id).first()
    if refund is None or field != "amount" or not reach.holds(storefront_id=refund.storefront_id):
        raise NotFound("no such figure of a refund")
    public_id = encode("re", refund_id)
    kinds = ["refund_requested", "external_refund"]
    books = _books(
        session,
        refund.currency,
        lambda row: -row.amount_minor if _gives(row) else 0,
        source=public_id,
        kinds=kinds,
    )
    terms = [_from_whom(row, books.currency) for row in books.rows if not _gives(row)]
    amount = Money(refund.amount_minor, refund.currency)
    stored = Stored(amount, "the refund itself") if books.rows else None
    sentence = f"{books.total} goes back to the shopper." if books.rows else "Nothing is booked of it yet."
    return _explanation(
        session,
        Ref(public_id, field),
        books,
        terms,
        sentence,
        reach,
        stored,
        psp_objects=[refund.psp_refund_id],
    )


def explain_dispute(session: Session, dispute_id: UUID, field: str, reach: Reach) -> Explanation:
    """What a dispute took from our balance at the PSP, with its fee, less what was given back.

    Raises:
        NotFound: no such dispute within the reach, or no such figure.
    """
    dispute = execute(session, DISPUTE, id=dispute_id).first()
    if dispute is None or field != "amount" or not reach.holds(storefront_id=dispute.storefront_id):
        raise NotFound("no such figure of a dispute")
    public_id = encode("dp", dispute_id)
    kinds = ["dispute_withdrawn", "dispute_fee", "dispute_reinstated"]
    books = _books(
        session, dispute.currency, lambda row: _on(row, "psp_balance", -1), source=public_id, kinds=kinds
    )
    sentence = f"{books.total} is what this dispute has taken, its fee included."
    terms = _by_entry(books)
    return _explanation(
        session,
        Ref(public_id, field),
        books,
        terms,
        sentence,
        reach,
        None,
        psp_objects=[dispute.psp_dispute_id],
    )


def explain_fee(session: Session, public_id: str, currency: str, reach: Reach) -> Explanation:
    """What the PSP kept of a payment. For the platform's own people.

    Raises:
        NotFound: the reach is not the platform.
    """
    _platform_alone(reach)
    books = _books(
        session, currency, lambda row: _on(row, "psp_fees", 1), source=public_id, kinds=["psp_fee"]
    )
    sentence = f"{books.total} is what the payment provider kept of this payment."
    return _explanation(session, Ref(public_id, "fee"), books, _by_entry(books), sentence, reach, None)


def explain_entry(session: Session, entry_id: UUID, field: str, reach: Reach) -> Explanation:
    """What a journal entry moved in a currency; or, of a payout of the PSP to our bank, what is still on its way.

    Raises:
        NotFound: the reach is not the platform; no such entry, or it moved nothing in that currency.
    """
    _platform_alone(reach)
    found = ENTRY_FIELD.fullmatch(field)
    if found is None or found["currency"] not in CODES:
        raise NotFound("no such figure of an entry")
    public_id, currency = encode("jrn", entry_id), found["currency"]
    if found["of"] == "moved":
        books = _books(session, currency, lambda row: max(row.amount_minor, 0), entry_id=entry_id)
        terms = [
            Term(_account(row), Money(row.amount_minor, currency), entry_id=row.entry_id)
            for row in books.rows
            if row.amount_minor > 0
        ]
        sentence = f"{books.total} was moved: {word_of(books.rows[0].kind)}." if books.rows else ""
    else:
        books = _on_its_way(session, entry_id, currency)
        terms = _by_entry(books)
        sentence = f"{books.total} of this payout is on its way to our bank, by its statements so far."
    if not books.rows:
        raise NotFound("the entry moved nothing in that currency")
    return _explanation(session, Ref(public_id, field), books, terms, sentence, reach, None)


def _on_its_way(session: Session, entry_id: UUID, currency: str) -> _Books:
    """What was sent under the entry's number, less what statements have shown of it."""
    source = execute(session, "SELECT source FROM journal_entries WHERE id = %(id)s", id=entry_id).scalar()
    kinds = ["psp_payout_sent", "psp_payout_received", "psp_payout_returned"]
    books = _books(
        session, currency, lambda row: _on(row, "bank_in_transit", 1), source=str(source), kinds=kinds
    )
    return books if any(row.entry_id == entry_id for row in books.rows) else _Books(currency, (), {})


def _books(
    session: Session,
    currency: str,
    effect: Callable[[Row[Any]], int],
    *,
    source: str | None = None,
    entry_id: UUID | None = None,
    kinds: Sequence[str] | None = None,
) -> _Books:
    rows = execute(
        session,
        POSTED,
        currency=currency,
        source=source,
        entry_id=entry_id,
        kinds=list(kinds) if kinds else None,
        limit=POSTINGS_MOST,
    ).all()
    effects: dict[UUID, int] = {}
    for row in rows:
        effects[row.entry_id] = effects.get(row.entry_id, 0) + effect(row)
    return _Books(currency, rows, {id: minor for id, minor in effects.items() if minor})


def _explanation(
    session: Session,
    ref: Ref,
    books: _Books,
    terms: Sequence[Term],
    sentence: str,
    reach: Reach,
    stored: Stored | None,
    *,
    psp_objects: Sequence[str | None] = (),
) -> Explanation:
    sight = Sight(reach.everything, frozenset({ref.id}), payments=True)
    ledger = ledger_of(session, books.effects, books.currency, sight, is_the_figure=True)
    return Explanation(
        ref=ref,
        sentence=sentence,
        terms=[term for term in terms if term.amount],
        result=books.total,
        basis="booked",
        rules=(),
        ledger=ledger,
        evidence=evidence_of(session, ledger, objects=[ref.id], psp_objects=psp_objects),
        stored=stored,
    )


def _by_entry(books: _Books) -> list[Term]:
    kinds = {row.entry_id: row.kind for row in books.rows}
    return [
        added(word_of(kinds[id]), Money(minor, books.currency), entry_id=id)
        for id, minor in books.effects.items()
    ]


def _gives(row: Row[Any]) -> bool:
    return row.account in GIVEN_BACK_FROM and row.amount_minor < 0


def _from_whom(row: Row[Any], currency: str) -> Term:
    ref = Ref(encode("ord", row.order_id), "net") if row.order_id else None
    name = f"from {row.seller}, {_account(row)}" if row.seller else f"from {_account(row)}"
    return added(name, Money(row.amount_minor, currency), ref, row.entry_id)


def _account(row: Row[Any]) -> str:
    return str(row.account).replace("_", " ")


def _on(row: Row[Any], account: str, sign: int) -> int:
    return sign * int(row.amount_minor) if row.account == account else 0


def _platform_alone(reach: Reach) -> None:
    if not reach.everything:
        raise NotFound("no such figure")
