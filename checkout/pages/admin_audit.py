"""The audit log: who did what to which object, filtered, paged, and as a file; and whether it is as it was sealed."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout import audit, tasks
from checkout.audit.verify import VERIFY, last_check
from checkout.core import clock
from checkout.db.session import atomic
from checkout.pages import access
from checkout.pages.csv_file import csv_response
from checkout.pages.filters import Filters, Wanted, day_begins, day_is_over, read_cut, read_filters
from checkout.pages.people_page import show as show_page
from checkout.pages.raw import pretty, redacted
from checkout.reporting.audit import AuditFilter, AuditRow, export_audit, list_audit
from checkout.reporting.paging import EXPORTED, Page

WANTED: Final = (
    Wanted("actor", "Who (beginning)"),
    Wanted("action", "Action (beginning)"),
    Wanted("object", "Object's id"),
    Wanted("request", "Request's id"),
    Wanted("from", "From day", type="date"),
    Wanted("to", "To day", type="date"),
)
HEADER: Final = (
    "sequence at actor role action object before after reason ip request_id generated_at filter".split()
)


class AuditPages:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("admin_audit")
        blueprint.add_url_rule("/admin/audit", "index", self.index)
        blueprint.add_url_rule("/admin/audit.csv", "export", self.export)
        blueprint.add_url_rule("/admin/audit/verify", "verify", verify, methods=["POST"])
        return blueprint

    @access.page_requires("audit:read")
    def index(self) -> Response:
        filters = _filters()
        page: Page[AuditRow] = Page((), 0, None, None)
        if not filters.problems:
            page = list_audit(self._wanted(filters), read_cut(request.args))
        return show_page(
            "admin/audit.html",
            status=422 if filters.problems else 200,
            filters=filters,
            page=page,
            change=_change,
            check=last_check(),
            asked=request.args.get("done") == "verify",
            exported=min(page.total, EXPORTED),
        )

    @access.page_requires("audit:read")
    def export(self) -> Response:
        """The newest rows of the filter as CSV."""
        filters = _filters()
        now, said = clock.utcnow(), filters.said()
        rows = [] if filters.problems else export_audit(self._wanted(filters))
        return csv_response(
            "audit",
            now.astimezone(self._zone).date(),
            HEADER,
            (
                (
                    row.sequence,
                    row.at,
                    row.actor,
                    row.role,
                    row.action,
                    row.object,
                    pretty(redacted(row.before)) if row.before is not None else None,
                    pretty(redacted(row.after)) if row.after is not None else None,
                    row.reason,
                    row.ip,
                    row.request_id,
                    now,
                    said,
                )
                for row in rows
            ),
            said=said,
        )

    def _wanted(self, filters: Filters) -> AuditFilter:
        asked = filters.values
        return AuditFilter(
            actor=asked.get("actor"),
            action=asked.get("action"),
            object=asked.get("object"),
            request_id=asked.get("request"),
            at_from=day_begins(asked.get("from"), self._zone),
            at_before=day_is_over(asked.get("to"), self._zone),
        )


@access.page_requires("audit:read")
def verify() -> BaseResponse:
    """Has the chain of seals verified now, in the background: the whole log is read. Twice at once is once."""
    cause = access.person_cause()
    with atomic() as session:
        tasks.enqueue(session, VERIFY, {}, dedupe_key=f"{VERIFY}:asked", cause=cause)
        audit.record(session, actor=str(cause), action=VERIFY, object="audit_log")
    return redirect(url_for("admin_audit.index", done="verify"), 303)


def _filters() -> Filters:
    return read_filters(url_for("admin_audit.index"), WANTED, request.args)


def _change(row: AuditRow) -> list[tuple[str, str, str]]:
    """What the action changed: the member's name, before, after."""
    before, after = redacted(row.before or {}), redacted(row.after or {})
    names = sorted({*before, *after})
    return [
        (name, _said(before.get(name)), _said(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _said(value: object) -> str:
    return "" if value is None else str(value) if isinstance(value, str | int) else pretty(value)
