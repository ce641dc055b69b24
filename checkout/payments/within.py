"""Payments within a caller's reach: what lies outside is not there."""

from __future__ import annotations

from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.identity.access import Forbidden, Reach
from checkout.payments.queries import find_view, get_view
from checkout.payments.views import PaymentView


def find_within(text: str, reach: Reach) -> PaymentView:
    """One payment, by our "pay_…" id; by the client's own UUID too where the reach is one storefront, since each
    storefront chooses its own.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    storefront_id = reach.one_storefront
    if storefront_id is not None:
        return find_view(text, storefront_id=storefront_id)
    view = get_view(decode("pay", text))
    if not reach.holds(storefront_id=view.storefront_id):
        raise NotFound("no such payment")
    return view


def several_storefronts(reach: Reach) -> list[UUID] | None:
    """For a list's filter: the storefronts of a reach that is neither one of them nor everything."""
    if reach.everything or reach.one_storefront is not None:
        return None
    return sorted(reach.storefronts)


def storefront_of_new(reach: Reach) -> UUID:
    """The storefront that a new payment is for.

    Raises:
        Forbidden: a person who reaches several; which one is meant cannot be said in a checkout.
    """
    storefront_id = reach.one_storefront
    if storefront_id is None:
        raise Forbidden("a checkout is created by one storefront: with its key, or by its developer")
    return storefront_id
