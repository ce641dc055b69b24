"""Settlement files: the list, taking one in, and one row by row with its bytes, what was read, and what it matches."""

from __future__ import annotations

from os import SEEK_END
from pathlib import PurePath
from typing import IO, Any, BinaryIO, Final, cast

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.pages import access
from checkout.pages.exported import write_down
from checkout.pages.filters import Filters, Wanted, read_cut, read_filters
from checkout.pages.finance_days import days_asked, read_day
from checkout.pages.finance_file_rows import view_of
from checkout.pages.finance_words import ALERT_STATES, ENTRY_ROLES, FILE_STATES, code_word, page_of
from checkout.pages.people_page import show as show_page
from checkout.psp import registry
from checkout.reconciliation.files.errors import SettlementBatchConflict, SettlementFileRefused
from checkout.reconciliation.files.limits import IN_A_REQUEST_MOST
from checkout.reconciliation.files.opening import FORMATS
from checkout.reconciliation.files.raw_rows import whole_file
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.queries import SettlementFile, get_file
from checkout.reporting import alert_figures, reconciled
from checkout.reporting.paging import Page

NAME_LENGTH: Final = 200
MIB: Final = 1024 * 1024
FRAME_BYTES: Final = 64 * 1024  # the form around the file
DONE: Final = {
    "taken": "Taken in, whole. Compare its day next.",
    "known": "These bytes were taken in before: this is that file.",
}


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("finance_files", url_prefix="/finance/reconciliation/files")
    blueprint.url_value_preprocessor(_make_room)
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("", "upload", upload, methods=["POST"])
    blueprint.add_url_rule("/<settlement_file>", "show", show)
    blueprint.add_url_rule("/<settlement_file>/original", "original_file", original_file)
    return blueprint


def _make_room(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Before the form is read: whoever may hand in a file sends more than other forms have. The file lies on disk
    meanwhile, not in memory."""
    if endpoint == "finance_files.upload" and access.current_person() and access.may("reconciliation:write"):
        request.max_content_length = IN_A_REQUEST_MOST + FRAME_BYTES


@access.page_requires("reconciliation:read")
def index() -> Response:
    return _list()


@access.page_requires("reconciliation:write")
def upload() -> BaseResponse:
    """Whole or not at all; what is wrong is said by its line."""
    sent, psp = request.files.get("file"), request.form.get("psp", "")
    size = _size(sent.stream) if sent else 0
    day = read_day(request.form.get("day", ""))
    if psp not in _psps() or day is None:
        return _list(status=422, problem="Say of which PSP and day the file is, such as 2026-03-14.")
    if not size or sent is None:
        return _list(status=422, problem="Choose a file that has rows in it.")
    if size > IN_A_REQUEST_MOST:
        return _list(
            status=413,
            problem=f"The file has more than {IN_A_REQUEST_MOST // MIB} MiB: hand it in by the command line, or by the"
            " drop directory.",
        )
    name = PurePath(sent.filename or "upload").name[:NAME_LENGTH] or "upload"
    delivery = Delivery(psp=psp, business_on=day, name=name, origin="upload", by=access.principal().actor)
    try:
        file, fresh = receive_file(cast(BinaryIO, sent.stream), delivery, cause=access.person_cause())
    except SettlementBatchConflict as refusal:
        return _list(status=409, problem=f"{str(refusal.detail).capitalize()}.")
    except SettlementFileRefused as refusal:
        return _list(
            status=422, problem=f"{name} was refused whole: nothing of it is visible.", refused=refusal
        )
    where = url_for("finance_files.show", settlement_file=file.public_id, done="taken" if fresh else "known")
    return redirect(where, 303)


@access.page_requires("reconciliation:read")
def show(settlement_file: str) -> Response:
    file = get_file(decode("file", settlement_file))
    run = reconciled.run_of(file.psp, file.business_on)
    view = view_of(file, request.args)
    return show_page(
        "finance/file.html",
        file=file,
        totals=_totals(file),
        view=view,
        rows=view.rows,
        last=view.last,
        run=run,
        states=FILE_STATES,
        alert_states=ALERT_STATES,
        row_roles=ENTRY_ROLES,
        names=alert_figures.names_of([file.received_by]),
        code_word=code_word,
        page_of=page_of,
        done=DONE.get(request.args.get("done", ""), ""),
    )


@access.page_requires("reconciliation:read")
def original_file(settlement_file: str) -> Response:
    """The file as it came, byte for byte, and never shown by the browser itself."""
    file = get_file(decode("file", settlement_file))
    write_down("settlement_file", of=file.public_id, rows=file.rows_total, said=file.name)
    response = Response(whole_file(file.id), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.public_id}.csv"'
    return response


def _list(*, status: int = 200, problem: str = "", refused: SettlementFileRefused | None = None) -> Response:
    filters = _filters()
    page: Page[SettlementFile] = Page((), 0, None, None)
    if not filters.problems:
        asked = filters.values
        page = reconciled.list_files(
            read_cut(request.args),
            psp=asked.get("psp"),
            status=asked.get("status"),
            business_on=days_asked(asked, "day").get("day"),
        )
    return show_page(
        "finance/files.html",
        status=422 if filters.problems else status,
        filters=filters,
        page=page,
        states=FILE_STATES,
        psps=_psps(),
        mib_most=IN_A_REQUEST_MOST // MIB,
        psp=registry.current().name,
        day=request.form.get("day", ""),
        problem=problem,
        errors=refused.errors if refused else (),
    )


def _size(stream: IO[bytes]) -> int:
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    return size


def _filters() -> Filters:
    wanted = (
        Wanted("psp", "PSP", options=[(psp, psp) for psp in _psps()]),
        Wanted("status", "State", options=[(status, words.word) for status, words in FILE_STATES.items()]),
        Wanted("day", "Business day", type="date"),
    )
    sent = request.args if request.method == "GET" else {}
    return read_filters(url_for("finance_files.index"), wanted, sent)


def _totals(file: SettlementFile) -> list[tuple[str, int, Money, Money, Money]]:
    return [
        (code, sums["rows"], Money(sums["gross"], code), Money(sums["fee"], code), Money(sums["net"], code))
        for code, sums in file.totals.items()
    ]


def _psps() -> list[str]:
    return list(FORMATS)
