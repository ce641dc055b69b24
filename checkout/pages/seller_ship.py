"""Many parcels at once from a CSV file, with what became of each row."""

from __future__ import annotations

from typing import Final

from flask import Response, request

from checkout.core.errors import InvalidParameter
from checkout.orders.bulk_file import BYTES_MOST, ROWS_MOST
from checkout.orders.ship_bulk import Outcome, ship_bulk
from checkout.pages import access
from checkout.pages.password_pages import sentence
from checkout.pages.payment_words import StateWords
from checkout.pages.people_page import show as show_page

OUTCOMES: Final[dict[str, StateWords]] = {
    "shipped": StateWords("Shipped", "good"),
    "unchanged": StateWords("Known already", "calm"),
    "refused": StateWords("Refused", "bad"),
}


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("seller_ship", url_prefix="/seller/orders")
    blueprint.add_url_rule("/ship", "form", form)
    blueprint.add_url_rule("/ship", "upload", upload, methods=["POST"])
    return blueprint


@access.page_requires("orders:write")
def form() -> Response:
    return _page()


@access.page_requires("orders:write")
def upload() -> Response:
    """The same file again changes nothing: its rows are known already."""
    sent = request.files.get("file")
    data = sent.read(BYTES_MOST + 1) if sent else b""
    if not data:
        return _page(status=422, problem="Choose a file that has rows in it.")
    if len(data) > BYTES_MOST:
        return _page(
            status=413, problem=f"The file has more than {BYTES_MOST // 1024} KiB. Send it in parts."
        )
    try:
        outcomes = ship_bulk(data, reach=access.reach(), cause=access.person_cause())
    except InvalidParameter as refusal:
        return _page(status=422, problem=sentence(refusal))
    return _page(outcomes=outcomes)


def _page(*, status: int = 200, problem: str = "", outcomes: list[Outcome] | None = None) -> Response:
    counts = {word: sum(1 for outcome in outcomes or [] if outcome.status == word) for word in OUTCOMES}
    return show_page(
        "seller/ship.html",
        status=status,
        problem=problem,
        outcomes=outcomes,
        counts=counts,
        words=OUTCOMES,
        rows_most=ROWS_MOST,
    )
