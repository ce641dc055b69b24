"""A shopper's data on request: all of it as a file, or its end. Both come after a fresh second factor.

The address is sent in a form's body, never in a link: links are kept in histories and logs.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.core.errors import InvalidParameter, NotFound
from checkout.pages import access
from checkout.pages.password_pages import sentence
from checkout.pages.people_page import show as show_page
from checkout.privacy import ErasureRefused, erase_person, export_person
from checkout.privacy.erase import REASON_LENGTH

UNKNOWN = "No shopper of that address or id is known; one who was erased is not either."


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("admin_privacy", url_prefix="/admin/privacy")
    blueprint.add_url_rule("", "show", show)
    blueprint.add_url_rule("/export", "export", export, methods=["POST"])
    blueprint.add_url_rule("/erase", "erase", erase, methods=["POST"])
    return blueprint


@access.page_requires("privacy:write")
@access.after_step_up
def show() -> Response:
    return _page()


@access.page_requires("privacy:write")
@access.after_step_up
def export() -> BaseResponse:
    """The document as a file; its name says nothing of the person."""
    try:
        found = export_person(_subject(), cause=access.person_cause())
    except NotFound:
        return _page(status=422, export_problem=UNKNOWN)
    text = json.dumps(found, default=_plain, ensure_ascii=False, indent=2)
    disposition = 'attachment; filename="shopper.json"'
    return Response(text, mimetype="application/json", headers={"Content-Disposition": disposition})


@access.page_requires("privacy:write")
@access.after_step_up
def erase() -> BaseResponse:
    """Whole or not at all. A refusal says what is still open."""
    reason = request.form.get("reason", "")
    try:
        erased = erase_person(_subject(), reason=reason, cause=access.person_cause())
    except NotFound:
        return _page(status=422, erase_problem=UNKNOWN, reason=reason)
    except InvalidParameter as refusal:
        return _page(status=422, erase_problem=sentence(refusal), reason=reason)
    except ErasureRefused as refusal:
        problem = f"Not yet: {'; '.join(refusal.extra['open'])}."
        return _page(status=409, erase_problem=problem, reason=reason)
    payments = "1 payment is" if erased.payments == 1 else f"{erased.payments} payments are"
    return _page(done=f"Erased: {', '.join(erased.shoppers)}. {payments} nobody's now.")


def _subject() -> str:
    return request.form.get("subject", "").strip()


def _page(
    *, status: int = 200, done: str = "", export_problem: str = "", erase_problem: str = "", reason: str = ""
) -> Response:
    return show_page(
        "admin/privacy.html",
        status=status,
        done=done,
        export_problem=export_problem,
        erase_problem=erase_problem,
        reason=reason[:REASON_LENGTH],
        reason_length=REASON_LENGTH,
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
