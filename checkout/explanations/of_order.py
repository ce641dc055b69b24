"""An order's figures: what it brings its seller, what its release made of it, what is held, and its commission."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.explanations.entries import ledger_of
from checkout.explanations.evidence import evidence_of
from checkout.explanations.order_books import Movement, OrderBooks, read_books
from checkout.explanations.order_rules import commission_rule, commission_terms, release_rules
from checkout.explanations.sight import Sight, sight_of
from checkout.explanations.tree import Explanation, Ref, Rule, Stored, Term, added, deducted
from checkout.explanations.words import word_of
from checkout.identity.access import Reach
from checkout.ledger.entry import RELEASE

SET_ASIDE: Final = "Refund that waits for a second person"
CAPTURES: Final = frozenset({"payment_captured", "unapplied_applied"})


def explain_order(session: Session, order_id: UUID, field: str, reach: Reach) -> Explanation:
    """
    Raises:
        NotFound: no such order within the reach, or no such figure.
    """
    explain = FIGURES.get(field)
    books = read_books(session, order_id)
    if explain is None or books is None:
        raise NotFound("no such figure of an order")
    if not reach.holds(storefront_id=books.storefront_id, seller_id=books.seller_id):
        raise NotFound("no such order")
    return explain(session, books, sight_of(reach, encode("sel", books.seller_id)))


def _net(session: Session, books: OrderBooks, sight: Sight) -> Explanation:
    """What the order brings its seller: booked once it is released, before that what its terms will make of it."""
    if any(movement.kind == RELEASE for movement in books.movements) or books.status in (
        "closed",
        "canceled",
    ):
        return _booked_net(session, books, sight)
    split = books.by_rule()
    came_in = _from_outside(books, sight) or [added("To be paid by the shopper", books.terms.amount)]
    left = books.total("from_outside") - books.set_aside if books.movements else split.left
    terms = [
        *came_in,
        *_unless_zero(SET_ASIDE, books.set_aside),
        deducted("Commission", split.commission, Ref(books.public_id, "commission")),
        deducted("Logistics fee", split.logistics_fee),
        *_unless_zero("Tax kept by the platform", split.tax),
        *_unless_zero("Reserve, held back for its days", split.reserve),
    ]
    result = left - split.commission - split.logistics_fee - split.tax - split.reserve
    sentence = f"{result} is what {books.seller_name} will get of this order when it is released."
    stored = Stored(split.earned, "the order's frozen terms, less what was given back")
    return _explanation(
        session,
        books,
        sight,
        "net",
        sentence,
        terms,
        result,
        "expected",
        stored,
        "available",
        release_rules(books),
    )


def _booked_net(session: Session, books: OrderBooks, sight: Sight) -> Explanation:
    result = books.total("available")
    terms = [
        *_from_outside(books, sight),
        deducted("Commission", books.total("commission"), Ref(books.public_id, "commission")),
        deducted("Logistics fee", books.total("logistics")),
        *_unless_zero("Tax kept by the platform", books.total("tax")),
        *_unless_zero(
            "Reserve, held back for its days", books.total("reserved"), Ref(books.public_id, "reserved")
        ),
        *_unless_zero("Still on hold", books.total("pending"), Ref(books.public_id, "on_hold")),
    ]
    sentence = f"{result} is what {books.seller_name} got of this order, after all that was taken off."
    return _explanation(
        session,
        books,
        sight,
        "net",
        sentence,
        terms,
        result,
        "booked",
        _by_rule(books),
        "available",
        release_rules(books),
    )


def _by_rule(books: OrderBooks) -> Stored | None:
    """The same by the frozen terms and what was given back since; a closed or canceled order follows no split."""
    if books.status != "released":
        return None
    split = books.as_booked()
    earned = split.left - split.commission - split.logistics_fee - split.tax - books.total("reserved")
    return Stored(earned, "the order's frozen terms, less what was given back")


def _released(session: Session, books: OrderBooks, sight: Sight) -> Explanation:
    """What the release itself made of the order; later refunds and disputes are not in it."""
    number = next((n for n, m in enumerate(books.movements) if m.kind == RELEASE), None)
    if number is None:
        raise NotFound("the order is not released")
    release = books.movements[number]
    terms = [
        *_from_outside(books, sight, books.movements[:number]),
        deducted("Commission", books.money(release.commission), Ref(books.public_id, "commission")),
        deducted("Logistics fee", books.money(release.logistics)),
        *_unless_zero("Tax kept by the platform", books.money(release.tax)),
        *_unless_zero("Reserve, held back for its days", books.money(release.reserved)),
    ]
    result = books.money(release.available)
    stored = Stored(books.told_at_release, "the event order.released") if books.told_at_release else None
    sentence = f"{result} became available to {books.seller_name} when this order was released."
    only = [*books.movements[:number], release]
    return _explanation(
        session, books, sight, "released", sentence, terms, result, "booked", stored, "available",
        release_rules(books), only,
    )  # fmt: skip


def _on_hold(session: Session, books: OrderBooks, sight: Sight) -> Explanation:
    return _one_account(session, books, sight, "on_hold", "pending", "is held until this order is released")


def _reserved(session: Session, books: OrderBooks, sight: Sight) -> Explanation:
    return _one_account(
        session, books, sight, "reserved", "reserved", "of this order is held back in reserve"
    )


def _one_account(
    session: Session, books: OrderBooks, sight: Sight, field: str, account: str, words: str
) -> Explanation:
    moved = [(movement, getattr(movement, account)) for movement in books.movements]
    terms = [
        added(word_of(movement.kind), books.money(minor), entry_id=movement.entry_id)
        for movement, minor in moved
        if minor
    ]
    result = books.total(account)
    return _explanation(
        session, books, sight, field, f"{result} {words}.", terms, result, "booked", None, account,
        release_rules(books), [movement for movement, minor in moved if minor],
    )  # fmt: skip


def _commission(session: Session, books: OrderBooks, sight: Sight) -> Explanation:
    """The commission as it was frozen when the payment was created."""
    result = books.terms.commission
    recomputed, terms = commission_terms(books)
    sentence = f"{result} is the commission on {books.terms.amount}, frozen when the payment was created."
    moved = {m.entry_id: m.commission for m in books.movements if m.commission}
    ledger = ledger_of(session, moved, books.currency, sight, is_the_figure=False)
    return Explanation(
        ref=Ref(books.public_id, "commission"),
        sentence=sentence,
        terms=terms,
        result=result,
        basis="booked" if moved else "expected",
        rules=[commission_rule(books)],
        ledger=ledger,
        evidence=evidence_of(session, ledger, objects=[books.public_id]),
        stored=Stored(recomputed, "the plan applied again"),
    )


def _from_outside(books: OrderBooks, sight: Sight, movements: Sequence[Movement] | None = None) -> list[Term]:
    """What came in and what left again, one term for each kind of entry."""
    sums: dict[str, int] = {}
    for movement in books.movements if movements is None else movements:
        sums[movement.kind] = sums.get(movement.kind, 0) + movement.from_outside
    payment = Ref(encode("pay", books.payment_id), "amount_received") if sight.payments else None
    return [
        added(word_of(kind), books.money(minor), payment if kind in CAPTURES else None)
        for kind, minor in sums.items()
        if minor
    ]


def _unless_zero(name: str, amount: Money, ref: Ref | None = None) -> list[Term]:
    return [deducted(name, amount, ref)] if amount else []


def _explanation(
    session: Session,
    books: OrderBooks,
    sight: Sight,
    field: str,
    sentence: str,
    terms: Sequence[Term],
    result: Money,
    basis: Literal["booked", "expected"],
    stored: Stored | None,
    account: str,
    rules: Sequence[Rule],
    movements: Sequence[Movement] | None = None,
) -> Explanation:
    behind = books.movements if movements is None else movements
    effects = {movement.entry_id: getattr(movement, account) for movement in behind}
    ledger = ledger_of(session, effects, books.currency, sight, is_the_figure=basis == "booked")
    evidence = evidence_of(session, ledger, objects=[books.public_id], psp_objects=books.psp_objects)
    ref = Ref(books.public_id, field)
    return Explanation(ref, sentence, terms, result, basis, rules, ledger, evidence, stored)


FIGURES: Final[dict[str, Callable[[Session, OrderBooks, Sight], Explanation]]] = {
    "net": _net,
    "released": _released,
    "on_hold": _on_hold,
    "reserved": _reserved,
    "commission": _commission,
}
