"""Whose view an explanation is for: the platform's people see every posting, a tenant its own and what it was charged.
Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.identity.access import Reach

# What a seller is charged is the seller's to see, although the account is the platform's.
OF_AN_ORDER: Final = frozenset({"commission_revenue", "logistics_revenue", "tax_payable"})
OF_A_SELLER: Final = frozenset({"payout_fee_revenue"})
HIDDEN: Final = "platform"


@dataclass(frozen=True, slots=True)
class Sight:
    """`owners`: the public ids whose accounts are shown. `payments`: whether payments are explained to them."""

    everything: bool
    owners: frozenset[str]
    payments: bool

    def shows(self, account: str, owner: str, *, of_own_order: bool, beside_own: bool) -> bool:
        """`of_own_order`: the posting's order is one whose own posting stands in the entry; `beside_own`: any does."""
        if self.everything or owner in self.owners:
            return True
        return (account in OF_AN_ORDER and of_own_order) or (account in OF_A_SELLER and beside_own)


def sight_of(reach: Reach, *owners: str) -> Sight:
    """What somebody sees of the entries of these owners."""
    return Sight(reach.everything, frozenset(owners), reach.everything or bool(reach.storefronts))
