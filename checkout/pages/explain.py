"""Why a figure is what it is, as a page: sentence, equation, rules, ledger entries, evidence. Each term leads on, and the
way back stands above."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NoReturn
from urllib.parse import quote

from flask import Response, request

from checkout.core.errors import InvalidParameter
from checkout.explanations import PERMISSION_OF, Ref, explain
from checkout.explanations.document import address_of, document_of, equation_text
from checkout.explanations.words import word_of
from checkout.pages import access
from checkout.pages.finance_words import page_of
from checkout.pages.people_page import show as show_page
from checkout.wording.times import machine

WAY: Final = re.compile(
    r"(?:sel|po|ord|pay|re|dp|jrn|run|alr)_[0-9a-z]{26}/[A-Za-z_.]{1,80}(?:\?at=[0-9TZ:.-]{20,27})?"
)
NAMES: Final = {
    "sel": "seller",
    "po": "payout",
    "ord": "order",
    "pay": "payment",
    "re": "refund",
    "dp": "dispute",
    "jrn": "entry",
    "run": "run",
    "alr": "alert",
}
KINDS: Final = {prefix: name.capitalize() for prefix, name in NAMES.items()} | {
    "sel": "Balance",
    "alr": "Difference",
}
STEPS_KEPT: Final = 8  # a way back that is longer has gone round in a circle


@dataclass(frozen=True, slots=True)
class Step:
    """A figure that was explained on the way here."""

    ref: Ref
    url: str


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("explain")
    for prefix, name in NAMES.items():
        blueprint.add_url_rule(f"/explain/{prefix}_<suffix>/<figure>", name, _view(prefix))
    return blueprint


def _view(prefix: str) -> Callable[..., Response]:
    """A view of its own for each kind of object, since each asks for its own permission."""

    @access.page_requires(PERMISSION_OF[prefix])
    def view(suffix: str, figure: str) -> Response:
        return _page(Ref(f"{prefix}_{suffix}", figure, _moment(request.args.get("at", ""))))

    return view


def _page(ref: Ref) -> Response:
    found = explain(ref, access.reach())
    document = document_of(found)
    if request.args.get("as") == "json":
        return Response(json.dumps(document, ensure_ascii=False, indent=2), mimetype="application/json")
    way = _way(request.args.get("via", ""))
    return show_page(
        "explain/explanation.html",
        found=found,
        document=document,
        equation=equation_text(found),
        way=way,
        api_url=address_of(ref),
        name=_name(ref),
        name_of=_name,
        link=lambda term: _link(term.ref, [*(step.ref for step in way), ref]) if term.ref else None,
        word_of=word_of,
        page_of=page_of,
    )


def _moment(text: str) -> datetime | None:
    """The moment that a balance is asked as of.

    Raises:
        InvalidParameter: no time with its offset.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else _no_moment()
    except (ValueError, OverflowError):
        return _no_moment()


def _no_moment() -> NoReturn:
    raise InvalidParameter.at("/at", "must be a time like 2026-11-21T09:30:00Z")


def _name(ref: Ref) -> str:
    kind = KINDS[ref.id.partition("_")[0]]
    words = ref.field.removeprefix("balance.").replace("_", " ").replace(".", ", ")
    if words == kind.lower():
        return kind
    return f"{kind}: {words}" + (f", at {machine(ref.at)}" if ref.at else "")


def _way(text: str) -> list[Step]:
    """The steps before this one; what is no figure is left out."""
    refs = [_ref(part) for part in text.split(",")[-STEPS_KEPT:] if WAY.fullmatch(part)]
    return [Step(ref, _url(ref, refs[:n])) for n, ref in enumerate(refs)]


def _ref(text: str) -> Ref:
    figure, _, at = text.partition("?at=")
    id, _, field = figure.partition("/")
    return Ref(id, field, _moment(at))


def _link(ref: Ref, way: list[Ref]) -> str | None:
    """None where the reader may not see that object."""
    return _url(ref, way[-STEPS_KEPT:]) if access.may(PERMISSION_OF[ref.id.partition("_")[0]]) else None


def _url(ref: Ref, way: list[Ref]) -> str:
    """Ids and figures need no quoting; a moment in the way does."""
    via = quote(",".join(str(step) for step in way), safe="/,:")
    return f"/explain/{ref}" + (f"{'&' if ref.at else '?'}via={via}" if via else "")
