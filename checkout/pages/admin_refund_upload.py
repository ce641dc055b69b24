"""Many refunds at once from a CSV file: first a look at each line and what they come to, then the refunds."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from flask import Response, request

from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.pages import access
from checkout.pages.password_pages import sentence
from checkout.pages.payment_words import StateWords
from checkout.pages.people_page import show as show_page
from checkout.psp import registry
from checkout.refunds.bulk_file import BYTES_MOST, KNOWN, ROWS_MOST
from checkout.refunds.refund_bulk import Outcome, preview_refunds, refund_bulk

OUTCOMES: Final[dict[str, StateWords]] = {
    "would_refund": StateWords("Would be refunded", "waiting"),
    "refunded": StateWords("Refunded", "good"),
    "unchanged": StateWords("Refunded before", "calm"),
    "refused": StateWords("Refused", "bad"),
}
CHANGED: Final = "This is not the file that was looked at. Choose it again and look first."


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("admin_refund_upload", url_prefix="/admin/refunds/upload")
    blueprint.add_url_rule("", "form", form)
    blueprint.add_url_rule("", "upload", upload, methods=["POST"])
    return blueprint


@access.page_requires("refunds:write")
@access.after_step_up
def form() -> Response:
    return _page()


@access.page_requires("refunds:write")
@access.after_step_up
def upload() -> Response:
    """A look, or the refunds of the file that was looked at. The same file again refunds nothing twice."""
    applies = request.form.get("do") == "refund"
    data, problem = _looked_at() if applies else _sent()
    if problem:
        return _page(status=413 if len(data) > BYTES_MOST else 422, problem=problem)
    act = refund_bulk if applies else preview_refunds
    try:
        outcomes = act(
            data,
            principal=access.principal().scope,
            reach=access.reach(),
            psp=registry.current(),
            cause=access.person_cause(),
        )
    except InvalidParameter as refusal:
        return _page(status=422, problem=sentence(refusal))
    return _page(outcomes=outcomes, data=b"" if applies else data)


def _sent() -> tuple[bytes, str]:
    sent = request.files.get("file")
    data = sent.read(BYTES_MOST + 1) if sent else b""
    if not data:
        return data, "Choose a file that has rows in it."
    if len(data) > BYTES_MOST:
        return data, f"The file has more than {BYTES_MOST // 1024} KiB. Send it in parts."
    return data, ""


def _looked_at() -> tuple[bytes, str]:
    """The file as the form carries it on, with what it was when it was looked at."""
    try:
        data = b64decode(request.form.get("content", ""), validate=True)
    except (NotBase64, ValueError):
        return b"", CHANGED
    is_same = bool(data) and _digest(data) == request.form.get("digest")
    return data, "" if is_same and len(data) <= BYTES_MOST else CHANGED


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _page(
    *, status: int = 200, problem: str = "", outcomes: Sequence[Outcome] | None = None, data: bytes = b""
) -> Response:
    found = outcomes or ()
    counts = {word: sum(1 for outcome in found if outcome.status == word) for word in OUTCOMES}
    return show_page(
        "admin/refund_upload.html",
        status=status,
        problem=problem,
        outcomes=outcomes,
        counts=counts,
        totals=_totals(found),
        words=OUTCOMES,
        content=b64encode(data).decode() if data and counts["would_refund"] else "",
        digest=_digest(data),
        columns=KNOWN,
        rows_most=ROWS_MOST,
    )


def _totals(outcomes: Sequence[Outcome]) -> list[tuple[Money, int]]:
    """What is or would be refunded by this file now, one sum for each currency; what was refunded before is not in it."""
    sums: dict[str, tuple[Money, int]] = {}
    for outcome in outcomes:
        if outcome.amount is not None and outcome.status in ("would_refund", "refunded"):
            amount, count = sums.get(outcome.amount.currency, (Money.zero(outcome.amount.currency), 0))
            sums[outcome.amount.currency] = amount + outcome.amount, count + 1
    return [sums[currency] for currency in sorted(sums)]
