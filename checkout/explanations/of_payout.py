"""A payout's figures: the amount that leaves for the bank, the fee, and what its step leaves over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.explanations.entries import TERMS_SHOWN, ledger_of
from checkout.explanations.evidence import evidence_of
from checkout.explanations.of_balance import ref_of_movement
from checkout.explanations.sight import sight_of
from checkout.explanations.tree import Explanation, Ref, Rule, Stored, Term, added, deducted
from checkout.explanations.words import word_of
from checkout.identity.access import Reach
from checkout.payouts.payout import COLUMNS, Payout, payout_of

FIELDS: Final = ("amount", "fee", "carried")

# The parts by their postings; what a step left over has none, and counts by its own row.
ITEMS: Final = """
    SELECT i.kind, i.order_id, i.entry_id, i.carried_by, e.source, coalesce(-p.amount_minor, i.amount_minor) AS amount_minor
      FROM payout_lines l
      JOIN payable_items i ON i.id = l.item_id
      LEFT JOIN postings p ON p.id = i.posting_id
      LEFT JOIN journal_entries e ON e.id = i.entry_id
     WHERE l.payout_id = %(id)s
     ORDER BY i.id
"""
BOOKED: Final = """
    SELECT e.id, sum(-p.amount_minor)::bigint AS amount_minor
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = %(account)s
     WHERE e.source = %(source)s AND e.kind = %(kind)s
     GROUP BY e.id, e.sequence ORDER BY e.sequence
"""
LEDGER_OF: Final = {
    "amount": ("payout_created", "payout_in_transit"),
    "fee": ("payout_fee_charged", "payout_fee_revenue"),
}


@dataclass(frozen=True, slots=True)
class _Parts:
    payout: Payout
    items: Sequence[Row[Any]]

    def is_own_rest(self, item: Row[Any]) -> bool:
        return bool(
            item.kind == "carried_over" and item.carried_by == self.payout.id and item.amount_minor < 0
        )

    def free(self) -> Money:
        """What there was to pay, before the fee and the step."""
        own = [i for i in self.items if i.kind != "payout_fee_charged" and not self.is_own_rest(i)]
        return Money(sum(item.amount_minor for item in own), self.payout.currency)


def explain_payout(session: Session, payout_id: UUID, field: str, reach: Reach) -> Explanation:
    """
    Raises:
        NotFound: no such payout, or no such figure. Whose the payout is was asked before.
    """
    row = execute(session, f"SELECT {COLUMNS} FROM payouts WHERE id = %(id)s", id=payout_id).first()
    if row is None or field not in FIELDS:
        raise NotFound("no such figure of a payout")
    payout = payout_of(row)
    parts = _Parts(payout, execute(session, ITEMS, id=payout_id).all())
    effects = _booked(session, payout, field)
    sight = sight_of(reach, encode("sel", payout.seller_id))
    ledger = ledger_of(session, effects, payout.currency, sight, is_the_figure=field in LEDGER_OF)
    stored: Money = getattr(payout, field)
    terms = _items(parts) if field == "amount" else _rest(parts, field)
    return Explanation(
        ref=Ref(payout.public_id, field),
        sentence=_sentence(parts, field, stored),
        terms=terms,
        result=Money(sum(term.signed.amount_minor for term in terms), payout.currency),
        basis="booked",
        rules=_rules(parts),
        ledger=ledger,
        evidence=evidence_of(
            session,
            ledger,
            objects=[payout.public_id],
            psp_objects=[payout.psp_transfer_id, payout.psp_payout_id, payout.psp_reversal_id],
        ),
        stored=Stored(stored, "the payout itself"),
    )


def _booked(session: Session, payout: Payout, field: str) -> dict[UUID, int]:
    if field not in LEDGER_OF:
        return {}
    kind, account = LEDGER_OF[field]
    rows = execute(session, BOOKED, source=payout.public_id, kind=kind, account=account)
    return {row.id: row.amount_minor for row in rows}


def _items(parts: _Parts) -> list[Term]:
    currency = parts.payout.currency
    terms = [
        added(_name(parts, item), Money(item.amount_minor, currency), _ref(item), item.entry_id)
        for item in parts.items[:TERMS_SHOWN]
    ]
    further = parts.items[TERMS_SHOWN:]
    if further:
        rest = Money(sum(item.amount_minor for item in further), currency)
        terms.append(added(f"{len(further)} further ones", rest))
    return terms


def _name(parts: _Parts, item: Row[Any]) -> str:
    if item.kind == "carried_over":
        return "Left for the next payout" if parts.is_own_rest(item) else "Left over by an earlier payout"
    what = encode("ord", item.order_id) if item.order_id else item.source
    return f"{word_of(item.kind)} {what}"


def _ref(item: Row[Any]) -> Ref | None:
    if item.kind == "carried_over":
        return Ref(encode("po", item.carried_by), "carried")
    return ref_of_movement(item.kind, item.source, item.order_id)


def _rest(parts: _Parts, field: str) -> list[Term]:
    """The fee and what is left over are what the other parts of the whole do not take."""
    payout = parts.payout
    other = "carried" if field == "fee" else "fee"
    return [
        added("What there was to pay", parts.free()),
        deducted("To the bank", payout.amount, Ref(payout.public_id, "amount")),
        deducted(
            "Fee" if other == "fee" else "Left for the next payout",
            getattr(payout, other),
            Ref(payout.public_id, other),
        ),
    ]


def _sentence(parts: _Parts, field: str, amount: Money) -> str:
    count = sum(not parts.is_own_rest(item) and item.kind != "payout_fee_charged" for item in parts.items)
    many = "one movement" if count == 1 else f"{count} movements"
    match field:
        case "amount":
            return f"{amount} goes to the bank: {many} of the balance together, less what stays behind."
        case "fee":
            return f"{amount} is the fee of this payout."
        case _:
            return f"{amount} is below the smallest step the payment provider pays, and goes with the next payout."


def _rules(parts: _Parts) -> list[Rule]:
    """The terms that the payout was made by, as they were then."""
    payout, terms = parts.payout, parts.payout.terms
    free: dict[str, str | int] = {"to_pay": str(parts.free())}
    if terms is None:
        made = f"as of {payout.created_at.date().isoformat()}, before terms were kept"
        step: dict[str, str | int] = {"carried": str(payout.carried)}
        fee: dict[str, str | int] = {"fee": str(payout.fee)}
        version = {"step": f"payment provider {payout.psp}, {made}", "fee": made}
    else:
        step = {"step": str(Money(terms.step_minor, payout.currency)), "carried": str(payout.carried)}
        least = str(Money(terms.fee_minimum_minor, payout.currency))
        fee = {"basis_points": terms.fee_bps, "at_least": least, "fee": str(payout.fee)}
        version = {"step": f"{terms.version}, payment provider {payout.psp}", "fee": terms.version}
    rules = [Rule("Step of the currency", version["step"], free | step, "down; the rest is carried")]
    if terms is not None and terms.minimum_minor:
        minimum: dict[str, str | int] = {"minimum": str(Money(terms.minimum_minor, payout.currency))}
        rules.append(Rule("Minimum of the schedule", terms.version, free | minimum, "none"))
    if payout.fee:
        rules.append(Rule("Fee of an instant payout", version["fee"], free | fee, "up"))
    return rules
