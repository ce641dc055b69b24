"""Who works on alerts: whom one may be given to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkout.core.ids import encode
from checkout.db.statement import run
from checkout.identity import names
from checkout.identity.access import roles_with

PERMISSION: Final = "alerts:write"
MOST: Final = 200
WORKERS: Final = """
    SELECT u.id, u.email_sealed, u.name_sealed FROM users u
     WHERE u.status = 'active' AND EXISTS (
           SELECT FROM memberships m WHERE m.user_id = u.id AND m.role = ANY(%(roles)s))
     ORDER BY u.id LIMIT %(most)s
"""


def workers() -> Mapping[str, str]:
    """By "person:usr_…", what those who may work on alerts are called, or else their address; by that name."""
    people = [names.opened(row) for row in run(WORKERS, roles=roles_with(PERMISSION), most=MOST)]
    said = {f"person:{encode('usr', person['id'])}": person["name"] or person["email"] for person in people}
    return dict(sorted(said.items(), key=lambda each: each[1].casefold()))
