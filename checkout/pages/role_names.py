"""Roles as they are said to people."""

from __future__ import annotations

from typing import Final

from checkout.identity.roles import ROLES

ROLE_NAMES: Final[dict[str, str]] = {
    "seller_owner": "Seller (owner)",
    "seller_staff": "Seller (staff)",
    "developer": "Developer",
    "finance": "Finance",
    "finance_approver": "Finance approver",
    "operator": "Operator",
    "admin": "Admin",
    "auditor": "Auditor",
}
assert ROLE_NAMES.keys() == ROLES.keys(), "every role has a name"


def role_name(role: str) -> str:
    return ROLE_NAMES[role]
