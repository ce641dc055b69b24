"""A journal entry whole: its postings, where it comes from, its place in the chain of seals; and to propose its correction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout import approvals
from checkout.accounting import correct, history
from checkout.accounting.correct import Reclassification
from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.explanations.words import word_of
from checkout.ledger.correction_recipes import MOVABLE
from checkout.ledger.errors import PeriodLocked, ReversalRefused
from checkout.ledger.queries import get_entry
from checkout.pages import access
from checkout.pages.finance_words import account_word, page_of
from checkout.pages.people_page import show as show_page
from checkout.pages.typed_money import typed_amount
from checkout.reporting import books
from checkout.reporting.books import EntryPosting, PeriodSum
from checkout.wording.times import machine

REFUSALS: Final = (InvalidParameter, PeriodLocked, ReversalRefused, approvals.AlreadyProposed)
DONE: Final = "Proposed: it is booked when a second person approves it."


class EntryPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    @access.page_requires("ledger:read")
    def show(self, entry: str) -> Response:
        return _page(decode("jrn", entry), done=DONE if "proposed" in request.args else "")

    @access.page_requires("ledger:write")
    @access.after_step_up
    def correct(self, entry: str) -> BaseResponse:
        """Another entry that corrects this one: a second person decides about it."""
        entry_id = decode("jrn", entry)
        books.get_entry(entry_id)
        try:
            with atomic() as session:
                self._propose(session, entry_id)
        except REFUSALS as refusal:
            status = 422 if isinstance(refusal, InvalidParameter) else 409
            return _page(entry_id, status=status, problem=_said(refusal))
        return redirect(url_for("finance_ledger.entry", entry=entry, proposed=1), 303)

    def _propose(self, session: Session, entry_id: UUID) -> None:
        cause, sent = access.person_cause(), request.form
        if sent.get("deed") == "reverse":
            correct.propose_reversal(session, entry_id, reason=sent.get("reason", ""), cause=cause)
            return
        of, _, currency = sent.get("of", "").partition(".")
        amount = typed_amount(sent.get("amount", ""), currency, "amount")
        signed = -amount if sent.get("side") == "credit" else amount
        wanted = Reclassification(of, sent.get("onto", ""), signed, _day(sent.get("on", "")))
        correct.propose_reclassification(
            session, entry_id, wanted, zone=self._zone, reason=sent.get("reason", ""), cause=cause
        )


def _page(entry_id: UUID, *, status: int = 200, done: str = "", problem: str = "") -> Response:
    found = books.get_entry(entry_id)
    with atomic() as session:
        stored = get_entry(session.connection(), entry_id)
        assert stored is not None, "it was read just now"
        stands = correct.may_be_reversed(session, stored)
        movable = correct.movable(session, stored)
    return show_page(
        "finance/entry.html",
        status=status,
        entry=found,
        place=books.place_in_chain(found) if found.seal else None,
        locked=history.lies_in_a_lock(found.effective_at),
        sums=sums_of(found.postings),
        stands=stands,
        movable=movable,
        onto=MOVABLE,
        reason_length=correct.REASON_LENGTH,
        done=done,
        problem=problem,
        account_word=account_word,
        word_of=word_of,
        page_of=page_of,
        public=encode,
        raw=json.dumps(_document(found), indent=2, ensure_ascii=False),
    )


def sums_of(postings: Sequence[EntryPosting]) -> list[PeriodSum]:
    """Debit and credit of one entry, by currency."""
    codes = sorted({leg.amount.currency for leg in postings})
    found = []
    for code in codes:
        minors = [leg.amount.amount_minor for leg in postings if leg.amount.currency == code]
        debit, credit = sum(m for m in minors if m > 0), -sum(m for m in minors if m < 0)
        found.append(PeriodSum(Money(debit, code), Money(credit, code), len(minors), 1))
    return found


def _document(found: books.EntryView) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "type": found.kind,
        "source": found.source,
        "source_key": found.source_key,
        "cause": found.cause,
        "sequence": found.sequence,
        "effective_at": machine(found.effective_at),
        "happened_at": machine(found.happened_at) if found.happened_at else None,
        "recorded_at": machine(found.recorded_at),
        "seal": found.seal,
        "postings": [
            {
                "account": leg.account_public_id,
                "type": leg.account,
                "owner": leg.owner,
                "amount": leg.amount.amount_minor,
                "currency": leg.amount.currency,
                "order": encode("ord", leg.order_id) if leg.order_id else None,
            }
            for leg in found.postings
        ],
    }


def _day(text: str) -> date | None:
    """Nothing is as of the decision."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidParameter.at("/on", "a day is written as 2026-03-14") from None


def _said(refusal: DomainError) -> str:
    text = (refusal.detail or "That did not work").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
