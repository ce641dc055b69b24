"""Roles and what each may do, as data: the one table that every guarded route and page is checked against.

Pure. A role is held at a tenant (one seller, one storefront, or the platform); what is not written here is denied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Tenant = Literal["seller", "storefront", "platform"]

PERMISSIONS: Final[frozenset[str]] = frozenset(
    """
    payments:read payments:write payments:review orders:read orders:write sellers:read sellers:write balances:read
    payouts:read payouts:write payouts:approve payouts:hold refunds:read refunds:write disputes:read disputes:write
    ledger:read ledger:write alerts:read alerts:write reconciliation:read reconciliation:write tasks:read tasks:replay
    keys:read keys:write users:read users:write audit:read privacy:write events:read approvals:read approvals:decide search:read
    wallets:read wallets:write
    """.split()
)

# What a person must answer for: no program may hold it, whoever made the key.
PERSONS_ONLY: Final[frozenset[str]] = frozenset(
    """
    payments:review payouts:approve ledger:write approvals:read approvals:decide keys:write users:read users:write audit:read
    privacy:write
    """.split()
)

# What lies at the platform alone: every key belongs to a storefront or a seller, so none leads there.
PLATFORMS_ONLY: Final[frozenset[str]] = frozenset(
    """
    alerts:read alerts:write ledger:read ledger:write payouts:hold reconciliation:read reconciliation:write tasks:read tasks:replay
    """.split()
)

# But for these: the program that hands in a night's files has nobody beside it to give a second factor. They lead to the
# platform's books, so a storefront's key has them only where they are named, by somebody who holds them there.
PLATFORM_SCOPES: Final[frozenset[str]] = frozenset({"reconciliation:read", "reconciliation:write"})

SCOPES: Final[frozenset[str]] = PERMISSIONS - PERSONS_ONLY - PLATFORMS_ONLY


@dataclass(frozen=True, slots=True)
class Role:
    """`tenant` says at what kind of tenant the role is held."""

    name: str
    tenant: Tenant
    permissions: frozenset[str]
    second_factor_required: bool = False


_SELLER_STAFF = (
    "orders:read orders:write sellers:read balances:read payouts:read refunds:read disputes:read search:read"
)
_SELLER_OWNER = f"{_SELLER_STAFF} sellers:write payouts:write refunds:write disputes:write"
_DEVELOPER = (
    "payments:read payments:write orders:read orders:write sellers:read refunds:read events:read keys:read keys:write"
    " search:read wallets:read"
)
_FINANCE = """
    payments:read orders:read sellers:read balances:read payouts:read payouts:write payouts:hold refunds:read
    refunds:write disputes:read disputes:write ledger:read ledger:write alerts:read alerts:write reconciliation:read
    reconciliation:write events:read approvals:read search:read wallets:read wallets:write
"""
_FINANCE_APPROVER = f"{_FINANCE} payouts:approve approvals:decide"
_OPERATOR = """
    payments:read payments:write payments:review orders:read orders:write sellers:read sellers:write balances:read
    payouts:read payouts:hold refunds:read disputes:read alerts:read alerts:write reconciliation:read tasks:read
    tasks:replay events:read approvals:read search:read wallets:read
"""
_EVERY_READ = frozenset(name for name in PERMISSIONS if name.endswith(":read"))

ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {
        role.name: role
        for role in (
            Role("seller_owner", "seller", frozenset(_SELLER_OWNER.split())),
            Role("seller_staff", "seller", frozenset(_SELLER_STAFF.split())),
            Role("developer", "storefront", frozenset(_DEVELOPER.split())),
            Role("finance", "platform", frozenset(_FINANCE.split()), second_factor_required=True),
            Role(
                "finance_approver",
                "platform",
                frozenset(_FINANCE_APPROVER.split()),
                second_factor_required=True,
            ),
            Role("operator", "platform", frozenset(_OPERATOR.split()), second_factor_required=True),
            Role("admin", "platform", PERMISSIONS, second_factor_required=True),
            Role("auditor", "platform", _EVERY_READ),
        )
    }
)
