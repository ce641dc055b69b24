"""Disputes: the list, and one with its money, its deadline, and the evidence as it is put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import decode, encode
from checkout.db.session import atomic, retrying
from checkout.disputes import draft, files
from checkout.disputes.dispute import Dispute
from checkout.disputes.errors import EvidenceChanged, InvalidDisputeState
from checkout.disputes.fields import ALL_TEXTS, FIELDS, checked_texts
from checkout.disputes.file_rules import ALL_BYTES_MOST, FILE_BYTES_MOST
from checkout.disputes.queries import own_amounts
from checkout.disputes.words import REASONS, reason_in_words
from checkout.pages import access
from checkout.pages.dispute_answers import AnswerPages
from checkout.pages.dispute_desk import (
    Desk,
    Found,
    at_desk,
    find,
    find_writable,
    platform_desk,
    sellers_desk,
)
from checkout.pages.dispute_words import ANSWERS, DISPUTE_STATES, KINDS, answer_given, asked_of, deadline_of
from checkout.pages.filters import Filters, Wanted, day_begins, day_is_over, read_cut, read_filters
from checkout.reporting import disputes as reading
from checkout.reporting.paging import Page

WANTED: Final = (
    Wanted("status", "State", options=[(state, words.word) for state, words in DISPUTE_STATES.items()]),
    Wanted("reason", "Reason", options=list(REASONS.items())),
    Wanted("from", "Opened from day", type="date"),
    Wanted("to", "Opened to day", type="date"),
)
DONE: Final = {
    "saved": "The draft is saved. Nothing has been sent to the bank.",
    "file": "The document is stored. Nothing has been sent to the bank.",
    "submitted": "The evidence goes to the bank. Nothing can be added any more.",
    "accepted": "The dispute is given up.",
}
VERSION_LENGTH: Final = 9
# A document comes from strangers: it is never shown as a page of ours, whatever it claims to be.
AS_ATTACHMENT: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class DisputePages:
    """The views, the same at both desks."""

    def __init__(self, name: str, prefix: str, zone: ZoneInfo) -> None:
        self._name, self._prefix, self._zone = name, prefix, zone
        self._desk = platform_desk if name.startswith("admin") else sellers_desk

    def at(self, use: Callable[[Desk], BaseResponse]) -> BaseResponse:
        return self._desk(use)

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint(self._name, url_prefix=self._prefix)
        blueprint.add_url_rule("", "index", self.index)
        blueprint.add_url_rule("/<dispute>", "show", self.show)
        blueprint.add_url_rule("/<dispute>/evidence", "save", self.save, methods=["POST"])
        blueprint.add_url_rule("/<dispute>/files", "add_file", self.add_file, methods=["POST"])
        blueprint.add_url_rule("/<dispute>/files/<evidence_file>", "download", self.download)
        AnswerPages(self._desk).add_to(blueprint)
        return blueprint

    @access.page_requires("disputes:read")
    @at_desk
    def index(self, desk: Desk) -> Response:
        filters = read_filters(desk.url("index").partition("?")[0], WANTED, request.args, _kept(desk))
        page: Page[Dispute] = Page((), 0, None, None)
        if not filters.problems:
            page = reading.list_disputes(self._wanted(filters), desk.reach, read_cut(request.args))
        now = clock.utcnow()
        waiting = reading.waiting(desk.reach, now)
        shown = waiting[: reading.WAITING_MOST]
        return desk.show(
            "disputes/index.html",
            status=422 if filters.problems else 200,
            desk=desk,
            filters=filters,
            page=page,
            waiting=shown,
            more=len(waiting) > len(shown),
            amounts=own_amounts([*shown, *page.rows], desk.reach),
            states=DISPUTE_STATES,
            reason=reason_in_words,
            deadline=lambda dispute: deadline_of(dispute, now),
        )

    @access.page_requires("disputes:read")
    @at_desk
    def show(self, desk: Desk, dispute: str) -> Response:
        return page_of(desk, find(desk, dispute), done=DONE.get(request.args.get("done", ""), ""))

    @access.page_requires("disputes:write")
    @at_desk
    def save(self, desk: Desk, dispute: str) -> BaseResponse:
        """The draft: by the button as a page, while it is written as the line that says so."""
        found, _ = find_writable(desk, dispute)
        texts, by_itself = _texts(), bool(request.headers.get("HX-Request"))
        try:
            version = _save(found, texts)
        except EvidenceChanged:
            if by_itself:
                return _line(
                    None, "Somebody else has saved meanwhile. Yours is not saved: press Save to see both."
                )
            again = find(desk, dispute)
            return page_of(desk, again, status=409, typed=texts, theirs=_theirs(again, texts))
        except (InvalidParameter, InvalidDisputeState) as refusal:
            if by_itself:
                return _line(None, f"Not saved. {_sentence(refusal)}")
            status = 422 if isinstance(refusal, InvalidParameter) else 409
            return page_of(desk, found, status=status, problem=_sentence(refusal), typed=texts)
        if by_itself:
            return _line(version, "")
        return redirect(desk.url("show", dispute=dispute, done="saved"), 303)

    @access.page_requires("disputes:write")
    @at_desk
    def add_file(self, desk: Desk, dispute: str) -> BaseResponse:
        """One document for one field, instead of the one that was there."""
        found, _ = find_writable(desk, dispute)
        sent, cause = request.files.get("file"), access.person_cause()
        data = sent.read(FILE_BYTES_MOST + 1) if sent else b""
        try:
            new = files.prepare(
                found.id,
                field=request.form.get("field", ""),
                name=(sent.filename if sent else None) or "",
                content=data,
                cause=cause,
            )
            retrying(lambda: _store(new))
        except (InvalidParameter, InvalidDisputeState) as refusal:
            status = 422 if isinstance(refusal, InvalidParameter) else 409
            return page_of(desk, found, status=status, problem=_sentence(refusal))
        return redirect(desk.url("show", dispute=dispute, done="file", _anchor="files"), 303)

    @access.page_requires("disputes:read")
    @at_desk
    def download(self, desk: Desk, dispute: str, evidence_file: str) -> Response:
        found = find(desk, dispute)
        id = decode("file", evidence_file)
        known = [file for file in (found.evidence.files if found.evidence else ()) if file.id == id]
        if not known:
            raise NotFound("no such file")
        response = Response(files.content_of(found.id, id), content_type=known[0].media_type)
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(known[0].name)}"
        response.headers.update(AS_ATTACHMENT)
        return response

    def _wanted(self, filters: Filters) -> reading.DisputeFilter:
        asked = filters.values
        return reading.DisputeFilter(
            status=asked.get("status"),
            reason=asked.get("reason"),
            opened_from=day_begins(asked.get("from"), self._zone),
            opened_before=day_is_over(asked.get("to"), self._zone),
        )


def page_of(
    desk: Desk,
    found: Found,
    *,
    status: int = 200,
    done: str = "",
    problem: str = "",
    typed: Mapping[str, str] | None = None,
    theirs: Mapping[str, str] | None = None,
) -> Response:
    """`typed`: words that could not be saved, and stand in the form; `theirs`: what was saved meanwhile."""
    dispute, evidence = found.dispute, found.evidence
    wanted, others = asked_of(dispute.reason, evidence, typed) if evidence else ([], [])
    return desk.show(
        "disputes/show.html",
        status=status,
        desk=desk,
        found=found,
        view=found.view,
        dispute=dispute,
        payment=encode("pay", dispute.payment_id),
        evidence=evidence,
        wanted=wanted,
        others=others,
        used=sum(file.size_bytes for file in evidence.files) if evidence else 0,
        all_bytes=ALL_BYTES_MOST,
        file_bytes=FILE_BYTES_MOST,
        all_texts=ALL_TEXTS,
        fields=FIELDS,
        states=DISPUTE_STATES,
        kinds=KINDS,
        answers=ANSWERS,
        given=answer_given(dispute, list(found.view.answers)),
        reason=reason_in_words(dispute.reason),
        deadline=deadline_of(dispute, clock.utcnow()),
        record=reading.record_of(dispute.reason) if desk.of_platform else None,
        done=done,
        problem=problem,
        theirs=theirs,
    )


def _save(found: Found, texts: Mapping[str, str]) -> int:
    """The new version. The same words that stand there already are saved, whoever saved them."""
    version, cause = request.form.get("version", ""), access.person_cause()
    if not (version.isascii() and version.isdigit() and len(version) <= VERSION_LENGTH):
        raise InvalidParameter.at("/version", "Open the page again: the form has lost its version.")
    unseen = found.evidence.unseen if found.evidence else frozenset()
    new = draft.prepare(found.id, version=int(version), texts=texts, cause=cause, unseen=unseen)

    def unit() -> int:
        with atomic() as session:
            return draft.save_draft(session, new, cause=cause)

    try:
        return retrying(unit)
    except EvidenceChanged:
        standing = draft.read_draft(found.id)
        shown = {name: words for name, words in standing.texts.items() if name not in unseen}
        if shown == checked_texts(texts):
            return standing.version
        raise


def _store(new: files.NewFile) -> None:
    with atomic() as session:
        files.store_file(session, new, cause=access.person_cause())


def _texts() -> dict[str, str]:
    """Line ends as one character: a browser sends two, and counts one."""
    return {
        name: request.form[name].replace("\r\n", "\n")
        for name, field in FIELDS.items()
        if not field.is_file and name in request.form
    }


def _theirs(found: Found, mine: Mapping[str, str]) -> dict[str, str]:
    """What stands now in the fields in which it differs from what was typed."""
    saved: Mapping[str, str] = found.evidence.draft.texts if found.evidence else {}
    return {name: saved.get(name, "") for name in FIELDS if saved.get(name, "") != mine.get(name, "").strip()}


def _line(version: int | None, problem: str) -> Response:
    """What the form shows of its last saving, in place of the line before; without a version the form keeps its own."""
    shown = request.form.get("version", "") if version is None else version
    return Response(
        render_template("disputes/_saved.html", version=shown, problem=problem, at=clock.utcnow()),
        content_type="text/html; charset=utf-8",
    )


def _sentence(refusal: DomainError) -> str:
    named = [
        f"{FIELDS[name].asks}: {e.detail}" for e in refusal.pointers if (name := _field(e.pointer)) in FIELDS
    ]
    said = ("; ".join(named) or refusal.detail or "").strip().rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


def _field(pointer: str) -> str:
    return pointer.rpartition("/")[2]


def _kept(desk: Desk) -> dict[str, str]:
    seller = request.args.get("seller", "")
    return {"seller": seller} if seller and not desk.of_platform else {}
