"""The four-eyes queue: what somebody proposed, for somebody else to approve or reject; below it what was decided."""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout import approvals
from checkout.approvals import Approval
from checkout.approvals.decide import REASON_LENGTH
from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.errors import InvalidParameter
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.pages import access
from checkout.pages.filters import Filters, Wanted, read_cut, read_filters
from checkout.pages.password_pages import sentence
from checkout.pages.payment_words import StateWords
from checkout.pages.people_page import show as show_page
from checkout.reporting import approvals as reading
from checkout.reporting.paging import Page

# What each kind of proposal does when it is approved; a kind without words of its own is shown by its name.
KINDS: Final = {
    "payout.send": "Send a payout",
    "refund.send": "Send a refund",
    "seller_debt.write_off": "Write off what a seller owes",
    "wallet.credit": "Give a customer store credit",
    "settlement.write_off": "Write off a difference",
    "settlement.close": "Close a difference that stays unexplained",
    "period.lock": "Lock a period of the books",
    "period.unlock": "Unlock a period of the books",
    "journal.reverse": "Reverse a journal entry",
    "journal.reclassify": "Put an amount onto another account",
}
STATES: Final = {
    "approved": StateWords("Approved", "good"),
    "rejected": StateWords("Rejected", "bad"),
    "expired": StateWords("Nobody decided in time", "calm"),
    "withdrawn": StateWords("Called off", "calm"),
}
WANTED: Final = (
    Wanted("status", "Ended as", options=[(name, words.word) for name, words in STATES.items()]),
)
DONE: Final = {
    "approve": "Approved: it is carried out in a moment.",
    "reject": "Rejected: it is not carried out.",
}
REFUSALS: Final = (approvals.FourEyesRequired, approvals.InvalidApprovalState)


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("finance_approvals", url_prefix="/finance/approvals")
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("/<approval>", "decide", decide, methods=["POST"])
    return blueprint


@access.page_requires("approvals:read")
def index() -> Response:
    return _page(done=DONE.get(request.args.get("done", ""), ""))


@access.page_requires("approvals:decide")
@access.after_step_up
def decide(approval: str) -> BaseResponse:
    """One decision. A second one, or one that came too late, is told so."""
    id, decision, note = (
        decode("apr", approval),
        request.form.get("decision", ""),
        request.form.get("note", ""),
    )
    if decision not in DONE:
        return _page(status=422, problem="Choose to approve or to reject.", about=approval, note=note)
    by = access.person_cause()
    try:
        with atomic() as session:
            if decision == "approve":
                approvals.approve(session, id, by=by, reason=note)
            else:
                approvals.reject(session, id, by=by, reason=note)
    except InvalidParameter as refusal:
        return _page(status=422, problem=sentence(refusal), about=approval, note=note)
    except REFUSALS as refusal:
        return _page(status=409, problem=f"{(refusal.detail or '').capitalize()}.", about=approval, note=note)
    return redirect(url_for("finance_approvals.index", done=decision), 303)


def _page(
    *, status: int = 200, done: str = "", problem: str = "", about: str = "", note: str = ""
) -> Response:
    """`about`: the proposal whose form was refused; it keeps what was typed."""
    sent = request.args if request.method == "GET" else {}
    filters: Filters = read_filters(url_for("finance_approvals.index"), WANTED, sent)
    page: Page[Approval] = Page((), 0, None, None)
    if not filters.problems:
        page = reading.ended(read_cut(request.args), status=filters.values.get("status"))
    waiting = reading.waiting(clock.utcnow())
    shown = waiting[: reading.WAITING_MOST]
    people = reading.people_of([*shown, *page.rows])
    return show_page(
        "finance/approvals.html",
        status=422 if filters.problems else status,
        waiting=shown,
        more=len(waiting) > len(shown),
        filters=filters,
        page=page,
        states=STATES,
        own_id=access.principal().public_id,
        kind_of=lambda each: KINDS.get(each.kind, each.kind),
        amount_of=amount_of,
        why=why,
        subject_url=_subject_url,
        explained=_explanation_url,
        proposer_of=lambda each: _who(each.proposer, each.proposer_person, people),
        decider_of=lambda each: _who(each.decided_by or "", None, people),
        done=done,
        problem=problem,
        about=about if about in {each.public_id for each in shown} else "",
        note=note[:REASON_LENGTH],
        note_length=REASON_LENGTH,
    )


def amount_of(approval: Approval) -> Money | None:
    """What it is about in money, where the proposal says so."""
    amount, currency = approval.proposal.get("amount"), approval.proposal.get("currency")
    return Money(amount, currency) if isinstance(amount, int) and currency in CODES else None


def why(approval: Approval) -> str:
    """The reason that whoever proposed it gave."""
    return str(approval.proposal.get("reason") or "")


def _subject_url(approval: Approval) -> str:
    """The page with the evidence; empty where this person may open none."""
    kind, proposal = approval.subject.partition("_")[0], approval.proposal
    if kind == "po" and "seller" in proposal and access.may("payouts:read"):
        return url_for("seller_payouts.show", payout=approval.subject, seller=proposal["seller"])
    if kind == "alr" and access.may("alerts:read"):
        return url_for("finance_alert.show", alert=approval.subject)
    if kind == "sel" and access.may("alerts:read"):
        return url_for("admin_sellers.show", seller=approval.subject)
    if kind == "re" and "payment" in proposal and access.may("payments:read"):
        return url_for("admin_payments.show", payment=proposal["payment"])
    if kind == "cus" and access.may("wallets:read"):
        return url_for("admin_customers.show", customer=approval.subject)
    if kind == "jrn" and access.may("ledger:read"):
        return url_for("finance_ledger.entry", entry=approval.subject)
    if approval.kind.startswith("period.") and access.may("ledger:read"):
        return url_for("finance_journal.show", period=approval.subject)
    if kind == "pay" and access.may("payments:read"):
        return url_for("admin_payments.show", payment=approval.subject)
    return ""


def _explanation_url(approval: Approval) -> str:
    """Why a payout's amount is what it is, item by item."""
    kind, _, suffix = approval.subject.partition("_")
    if kind != "po" or not access.may("payouts:read"):
        return ""
    return url_for("explain.payout", suffix=suffix, figure="amount")


def _who(actor: str, person: str | None, people: dict[str, str]) -> str:
    """A person by name; a program as what it is, with whoever made its key."""
    kind, _, id = actor.partition(":")
    if kind == "person":
        return people.get(id, id)
    if kind == "key":
        return f"the API key {id}" + (f", which {people.get(person, person)} made" if person else "")
    return {"cli": f"{id} on the command line", "task": "the platform itself"}.get(kind, actor)
