"""Files that leave with money or people in them: each has a row in the audit log before it goes."""

from __future__ import annotations

from typing import Final

from checkout import audit
from checkout.db.session import atomic
from checkout.pages import access

ACTION: Final = "data.exported"


def write_down(what: str, *, of: str, rows: int, said: str) -> None:
    """what: "payments"; of: the public id of whose they are, or of the file itself; said: the filter in words."""
    with atomic() as session:
        audit.record(
            session,
            actor=str(access.person_cause()),
            action=ACTION,
            object=of,
            after={"kind": what, "rows": rows, "filter": said},
        )
