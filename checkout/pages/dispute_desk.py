"""Whose disputes a page is about, and how it finds one: the platform's people see all of it, a seller its own side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol
from uuid import UUID

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.disputes.dispute import Dispute
from checkout.disputes.evidence import Evidence, read_evidence, read_evidence_of_seller
from checkout.disputes.queries import answers_alone, dispute_within, own_amounts, view_dispute
from checkout.disputes.views import DisputeView
from checkout.identity.access import Forbidden, Reach
from checkout.pages import access
from checkout.pages.dispute_words import why_not_answerable
from checkout.pages.people_page import show as show_page
from checkout.pages.seller_frame import Seller, of_a_seller


@dataclass(frozen=True, slots=True)
class Desk:
    """`url` makes the addresses of these pages; `show` renders one."""

    reach: Reach
    of_platform: bool
    url: Callable[..., str]
    show: Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Found:
    """A dispute as the desk sees it. `amount`: what of it concerns the desk; `evidence` None: not theirs to see;
    `why_not`: why nothing can be said against it now."""

    id: UUID
    view: DisputeView
    amount: Money
    evidence: Evidence | None
    why_not: str

    @property
    def dispute(self) -> Dispute:
        return self.view.dispute


class AtDesk(Protocol):
    """Pages that know their desk."""

    def at(self, use: Callable[[Desk], BaseResponse]) -> BaseResponse: ...


def at_desk(view: Callable[..., BaseResponse]) -> Callable[..., BaseResponse]:
    """The view gets the desk that its pages are for."""

    @wraps(view)
    def found(pages: AtDesk, **values: Any) -> BaseResponse:
        return pages.at(lambda desk: view(pages, desk, **values))

    return found


def platform_desk(use: Callable[[Desk], BaseResponse]) -> BaseResponse:
    """Everything within the reader's reach."""
    return use(
        Desk(
            access.reach(),
            True,
            lambda name, **values: url_for(f"admin_disputes.{name}", **values),
            show_page,
        )
    )


def sellers_desk(use: Callable[[Desk], BaseResponse]) -> BaseResponse:
    """One seller's, also for those who see more."""

    def of(seller: Seller) -> BaseResponse:
        def url(name: str, **values: Any) -> str:
            return seller.url(f"seller_disputes.{name}", **values)

        return use(Desk(Reach(sellers=frozenset({seller.id})), False, url, seller.show))

    return of_a_seller(of)()


def find(desk: Desk, dispute: str) -> Found:
    """
    Raises:
        NotFound: malformed, unknown and outside the desk's reach alike.
    """
    id = dispute_within(dispute, desk.reach)
    with atomic() as session:
        view = view_dispute(session, id, desk.reach)
        alone = answers_alone(session, id, desk.reach)
    whole = desk.reach.holds(storefront_id=view.storefront_id)
    evidence = read_evidence(id) if whole else read_evidence_of_seller(id) if alone else None
    return Found(
        id=id,
        view=view,
        amount=own_amounts([view.dispute], desk.reach)[id],
        evidence=evidence,
        why_not=why_not_answerable(view.dispute, list(view.answers), clock.utcnow()),
    )


def find_writable(desk: Desk, dispute: str) -> tuple[Found, Evidence]:
    """
    Raises:
        NotFound. Forbidden: a seller of several in it.
    """
    found = find(desk, dispute)
    if found.evidence is None:
        raise Forbidden("several sellers are in this dispute: the platform answers for them")
    return found, found.evidence
