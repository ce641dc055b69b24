"""The document's examples of signing in and of decisions that take two people."""

from __future__ import annotations

from typing import Any, Final

TOKEN_REQUEST: Final[dict[str, Any]] = {
    "email": "finance@platform.example",
    "password": "a long sentence of one's own",
    "code": "123456",
}
TOKEN_PAIR: Final[dict[str, Any]] = {
    "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c3IifQ.c2ln",
    "token_type": "Bearer",
    "expires_in": 600,
    "refresh_token": "rt_Jq3mZ0tXcVb5nY7sLw1dRk8eHg2fTa4uPo6iMz9xQvE",
}

_PROPOSED: Final = "2026-11-21T09:30:00.000Z"

APPROVAL: Final[dict[str, Any]] = {
    "id": "apr_01kaj4c1m2n5p8r1t4v7x0z3b6",
    "object": "approval",
    "kind": "payout.send",
    "subject": "po_01kaj4c0h8j1k4m7n0p3r6t9w2",
    "proposal": {"amount": 1250000, "currency": "EUR"},
    "proposed_by": "person:usr_01kaj0d2e5f8g1h4j7k0m3n6p9",
    "created_at": _PROPOSED,
    "expires_at": "2026-11-28T09:30:00.000Z",
    "status": "pending",
    "decided_by": None,
    "decided_at": None,
    "reason": None,
}
APPROVED: Final[dict[str, Any]] = {
    **APPROVAL,
    "status": "approved",
    "decided_by": "person:usr_01kaj0e3f6g9h2j5k8m1n4p7q0",
    "decided_at": "2026-11-21T10:05:00.000Z",
}
REJECTED: Final[dict[str, Any]] = {
    **APPROVED,
    "status": "rejected",
    "reason": "The account changed yesterday.",
}
APPROVAL_LIST: Final[dict[str, Any]] = {
    "object": "list",
    "data": [APPROVAL],
    "has_more": False,
    "next_cursor": None,
}
