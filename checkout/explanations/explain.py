"""Explain one figure: find whose it is, compute it in one snapshot, and call a person where it does not agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts import open_alert
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.explanations.of_balance import explain_balance, read_field
from checkout.explanations.of_movement import explain_dispute, explain_entry, explain_refund
from checkout.explanations.of_order import explain_order
from checkout.explanations.of_payment import explain_payment
from checkout.explanations.of_payout import explain_payout
from checkout.explanations.of_run import explain_difference, explain_run
from checkout.explanations.rows import ROWS_SHOWN, Place, rows_of_entries
from checkout.explanations.snapshot import position, snapshot
from checkout.explanations.tree import Explanation, Ref
from checkout.identity.access import Reach
from checkout.ledger.seller_balances import refuse_future
from checkout.orders.within import seller_within
from checkout.payouts.queries import payout_within

_Explains = Callable[[Session, UUID, str, Reach], Explanation]

# Whoever may read the object may have its figures explained.
PERMISSION_OF: Final = {
    "sel": "balances:read",
    "po": "payouts:read",
    "ord": "orders:read",
    "pay": "payments:read",
    "re": "payments:read",  # its parts, and a dispute's, are several sellers': whoever sees the whole payment sees them
    "dp": "payments:read",
    "jrn": "ledger:read",
    "run": "reconciliation:read",
    "alr": "alerts:read",  # with the entry that it is about, and whose money that moved: no key reads the books
}


def _to_their_rows(explain: Callable[..., tuple[Explanation, Sequence[Place]]]) -> _Explains:
    """Differences have their rows even where no entry of ours knows of them."""

    def explained(session: Session, id: UUID, field: str, reach: Reach) -> Explanation:
        found, places = explain(session, id, field, reach)
        rows = rows_of_entries(session, (), at=places[:ROWS_SHOWN])
        return replace(found, evidence=(*rows, *found.evidence))

    return explained


_EXPLAIN: Final[dict[str, _Explains]] = {
    "sel": explain_balance,
    "po": explain_payout,
    "ord": explain_order,
    "pay": explain_payment,
    "re": explain_refund,
    "dp": explain_dispute,
    "jrn": explain_entry,
    "run": _to_their_rows(explain_run),
    "alr": _to_their_rows(explain_difference),
}


def read_ref(text: str) -> Ref:
    """Takes "po_…/amount" apart.

    Raises:
        NotFound: nothing of the kind has figures.
    """
    id, _, field = text.partition("/")
    if id.partition("_")[0] not in PERMISSION_OF or not field:
        raise NotFound("no such figure")
    return Ref(id, field)


def explain(ref: Ref, reach: Reach) -> Explanation:
    """The figure and what is behind it, as the caller may see it. A difference opens the alert `ledger_unbalanced`.

    Raises:
        NotFound: malformed, unknown and outside the reach alike; anything but a balance as of a moment.
        InvalidParameter: that moment has not come.
    """
    prefix = ref.id.partition("_")[0]
    if prefix not in _EXPLAIN or (ref.at is not None and prefix != "sel"):
        raise NotFound("no such figure")
    if ref.at is not None:
        refuse_future(ref.at)
    id = _within(prefix, ref, reach)
    with snapshot() as session:
        how = _EXPLAIN[prefix] if ref.at is None else partial(explain_balance, at=ref.at)
        found = how(session, id, ref.field, reach)
        if reach.everything:
            found = _with_rows(session, found)
        found = replace(found, position=position(session))
    if not found.holds:
        _warn(found)
    return found


def _with_rows(session: Session, found: Explanation) -> Explanation:
    """Every row of a settlement file or bank statement that tells of the entries behind the figure, of what belongs to
    the same source, or of the object itself; before the other evidence."""
    entries = [entry.id for entry in found.ledger.entries]
    sources = {found.ref.id, *(entry.source for entry in found.ledger.entries)}
    of_a_file = {source for source in sources if source.startswith("file_")}  # costs that name no payment
    rows = rows_of_entries(session, entries, sources=sources - of_a_file)
    known = {(row.id, row.row.line) for row in rows if row.row is not None}
    kept = [piece for piece in found.evidence if piece.row is None or (piece.id, piece.row.line) not in known]
    return replace(found, evidence=(*rows, *kept))


def _within(prefix: str, ref: Ref, reach: Reach) -> UUID:
    """Orders and payments say themselves whose they are."""
    match prefix:
        case "sel":
            read_field(ref.field)
            return seller_within(ref.id, reach)
        case "po":
            return payout_within(ref.id, reach)
        case _:
            return decode(prefix, ref.id)


def _warn(found: Explanation) -> None:
    with atomic() as session:
        open_alert(
            session,
            code="ledger_unbalanced",
            severity="critical",
            subject=found.ref.id,
            detail=f"{found.ref} is {found.result} by the ledger, and differs by {found.difference}.",
            amount=found.difference,
            dedupe_key=f"ledger_unbalanced:{found.ref}",
        )
