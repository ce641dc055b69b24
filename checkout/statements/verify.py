"""Is this statement the one that was issued? The code is computed again, and the content compared with what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.core.strict_json import MalformedJson, canonical, loads
from checkout.identity.access import Reach
from checkout.statements.document import CHECK_CODE, check_code, differences
from checkout.statements.stored import StoredStatement, find, statement_within

FILE_AT_MOST: Final = 8 * 1024 * 1024  # ten thousand entries are about 4 MB

Status = Literal["genuine", "superseded", "altered", "unknown", "unreadable"]
WORDS: Final[dict[Status, str]] = {
    "genuine": "This is the statement as it was issued.",
    "superseded": "This is a statement as it was issued; a later revision corrects it.",
    "altered": "This is not what was issued.",
    "unknown": "No statement with this id and revision was issued here.",
    "unreadable": "This is not a statement in JSON.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`differing`: JSON pointers to what was changed. `code_fits`: the check code belongs to the content as it stands."""

    status: Status
    code_fits: bool = False
    differing: Sequence[str] = ()
    issued: StoredStatement | None = None

    @property
    def words(self) -> str:
        return WORDS[self.status]

    @property
    def holds(self) -> bool:
        return self.status in ("genuine", "superseded")


def verify_statement(raw: bytes, reach: Reach) -> Verdict:
    """The verdict on a file. A statement outside the reach is unknown."""
    if len(raw) > FILE_AT_MOST:
        return Verdict("unreadable")
    try:
        sent = loads(raw.removeprefix(b"\xef\xbb\xbf").strip())
    except MalformedJson:
        return Verdict("unreadable")
    if not isinstance(sent, dict) or not isinstance(sent.get(CHECK_CODE), str):
        return Verdict("unreadable")
    code = sent.pop(CHECK_CODE)
    fits = check_code(canonical(sent)) == code
    issued = _issued(sent.get("id"), sent.get("revision"), reach)
    if issued is None:
        return Verdict("unknown", fits)
    differing = differences(dict(issued.document), sent)
    if code != issued.check_code:
        differing.append(f"/{CHECK_CODE}")
    if differing:
        return Verdict("altered", fits, differing, issued)
    newest = find(issued.id)
    superseded = newest is not None and newest.revision > issued.revision
    return Verdict("superseded" if superseded else "genuine", fits, (), issued)


def _issued(id: object, revision: object, reach: Reach) -> StoredStatement | None:
    if not isinstance(id, str) or type(revision) is not int or not 0 < revision < 2**31:
        return None
    try:
        decode("stm", id)
        return statement_within(id, reach, revision=revision)
    except NotFound:
        return None
