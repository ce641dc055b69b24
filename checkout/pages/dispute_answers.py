"""Answering a dispute, once: the evidence as it will be sent, or giving the dispute up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.errors import DomainError, InvalidParameter
from checkout.disputes import answer
from checkout.disputes.errors import EvidenceChanged, InvalidDisputeState
from checkout.disputes.fields import FIELDS
from checkout.disputes.pack import merged
from checkout.idempotency import InProgress, KeyReused
from checkout.pages import access, once
from checkout.pages.dispute_desk import Desk, Found, at_desk, find_writable
from checkout.pages.dispute_words import DISPUTE_STATES, deadline_of
from checkout.pages.typed_money import typed_amount
from checkout.wording import money as wording

REFUSALS: Final = (InvalidParameter, InvalidDisputeState, EvidenceChanged, KeyReused, InProgress)
CHANGED: Final = "The evidence was saved since this page was shown. This is what would be sent now."


class AnswerPages:
    """The views; they are part of the pages of disputes."""

    def __init__(self, desk: Callable[[Callable[[Desk], BaseResponse]], BaseResponse]) -> None:
        self._desk = desk

    def at(self, use: Callable[[Desk], BaseResponse]) -> BaseResponse:
        return self._desk(use)

    def add_to(self, blueprint: access.PeopleBlueprint) -> None:
        blueprint.add_url_rule("/<dispute>/submit", "ask_submit", self.ask_submit)
        blueprint.add_url_rule("/<dispute>/submit", "submit", self.submit, methods=["POST"])
        blueprint.add_url_rule("/<dispute>/accept", "ask_accept", self.ask_accept)
        blueprint.add_url_rule("/<dispute>/accept", "accept", self.accept, methods=["POST"])

    @access.page_requires("disputes:write")
    @at_desk
    def ask_submit(self, desk: Desk, dispute: str) -> Response:
        found, _ = find_writable(desk, dispute)
        return _page("disputes/submit.html", desk, found)

    @access.page_requires("disputes:write")
    @at_desk
    def submit(self, desk: Desk, dispute: str) -> BaseResponse:
        """What was shown is what is sent: where it has changed since, it is shown again instead."""
        found, _ = find_writable(desk, dispute)
        cause = access.person_cause()
        there = desk.url("show", dispute=dispute, done="submitted")

        try:
            submission = answer.prepare_submission(found.id, cause=cause)

            def work(session: Session) -> str:
                if str(submission.version) != request.form.get("version"):
                    raise EvidenceChanged(CHANGED)
                answer.submit_evidence(session, submission, cause=cause)
                return there

            return redirect(once.sent_once(work), 303)
        except REFUSALS as refusal:
            return _refused("disputes/submit.html", desk, dispute, refusal)

    @access.page_requires("disputes:write")
    @access.after_step_up
    @at_desk
    def ask_accept(self, desk: Desk, dispute: str) -> Response:
        found, _ = find_writable(desk, dispute)
        return _page("disputes/accept.html", desk, found)

    @access.page_requires("disputes:write")
    @access.after_step_up
    @at_desk
    def accept(self, desk: Desk, dispute: str) -> BaseResponse:
        """Given up for good: whoever does it types the amount."""
        found, _ = find_writable(desk, dispute)
        amount = found.dispute.amount

        def work(session: Session) -> str:
            if typed_amount(request.form.get("typed", ""), amount.currency, "typed") != amount:
                example = wording.decimal_text(amount)
                raise InvalidParameter.at("/typed", f"Type the disputed amount, {example}, to give it up.")
            answer.accept_dispute(session, found.id, cause=access.person_cause())
            return desk.url("show", dispute=dispute, done="accepted")

        try:
            return redirect(once.sent_once(work), 303)
        except REFUSALS as refusal:
            return _refused("disputes/accept.html", desk, dispute, refusal)


def _refused(template: str, desk: Desk, dispute: str, refusal: DomainError) -> Response:
    said = (refusal.detail or "").strip().rstrip(".")
    status = 422 if isinstance(refusal, InvalidParameter) else 409
    found, _ = find_writable(desk, dispute)
    return _page(template, desk, found, status=status, problem=f"{said[:1].upper()}{said[1:]}.")


def _page(template: str, desk: Desk, found: Found, *, status: int = 200, problem: str = "") -> Response:
    evidence = found.evidence
    assert evidence is not None, "find_writable() found it"
    sent = merged(evidence.collected, evidence.draft.texts)
    return desk.show(
        template,
        status=status,
        desk=desk,
        found=found,
        dispute=found.dispute,
        evidence=evidence,
        # What only the platform knows of the shopper is sent with a seller's evidence, and not shown to the seller.
        sent=[(field, sent[name]) for name, field in FIELDS.items() if name in sent],
        fields=FIELDS,
        states=DISPUTE_STATES,
        deadline=deadline_of(found.dispute, clock.utcnow()),
        problem=problem,
        form_key=once.new_key(),
    )
