"""What finance sends about its nights, each form once and successfully."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from checkout.alerts import open_alert
from checkout.core import clock
from checkout.core.ids import encode
from checkout.db.session import atomic
from tests.conftest import Database
from tests.pages.people import send, signed_in, somebody, token_in
from tests.pages.reconciling import joined, one_short
from tests.reconciliation.conftest import Night, csv_of

Act = Callable[[FlaskClient, Database], TestResponse]
LIST = "/finance/alerts"


def _day() -> str:
    return (clock.utcnow() + timedelta(days=3)).date().isoformat()


def on_alert(deed: str, **fields: str) -> Act:
    def act(client: FlaskClient, db: Database) -> TestResponse:
        page = f"{LIST}/{one_short(db).alert}"
        signed_in(client, somebody(db, "finance"))
        more = {"until": _day()} if deed == "snooze" else {}
        if deed == "reopen":
            _resolve(client, page)
        return send(client, page, f"{page}/{deed}", **fields, **more)

    return act


def _resolve(client: FlaskClient, page: str) -> TestResponse:
    shown = f"{page}/resolve?way=psp_claim"
    key = re.findall(r'name="form_key" value="(\w+)"', client.get(shown).text)[0]
    return send(client, shown, f"{page}/resolve", way="psp_claim", form_key=key, note="The PSP owes it to us")


def resolve(client: FlaskClient, db: Database) -> TestResponse:
    page = f"{LIST}/{one_short(db).alert}"
    signed_in(client, somebody(db, "finance"))
    return _resolve(client, page)


def hang(client: FlaskClient, db: Database) -> TestResponse:
    page = f"{LIST}/{one_short(db).alert}"
    with atomic() as session:
        cause = open_alert(session, code="file_late", severity="low", subject="stripe", detail="Late")
    signed_in(client, somebody(db, "finance"))
    return send(client, page, f"{page}/cause", cause=encode("alr", cause), note="The file was late")


def bulk(client: FlaskClient, db: Database) -> TestResponse:
    one_short(db)
    who = somebody(db, "finance")
    signed_in(client, who)
    shown = f"{LIST}/bulk?deed=assign&of=all"
    fields = dict(re.findall(r'type="hidden" name="(set|form_key)" value="(\w+)"', client.get(shown).text))
    to = f"person:{who.public_id}"
    return send(client, shown, f"{LIST}/bulk", deed="assign", of="all", expected="1", to=to, **fields)


def keep_view(client: FlaskClient, db: Database) -> TestResponse:
    signed_in(client, somebody(db, "finance"))
    return send(client, LIST, f"{LIST}/views", name="Yen", currency="JPY")


def drop_view(client: FlaskClient, db: Database) -> TestResponse:
    keep_view(client, db)
    view = db.value("SELECT id FROM saved_views")
    return send(client, LIST, f"{LIST}/views/{view}/drop")


def compare(client: FlaskClient, db: Database) -> TestResponse:
    signed_in(client, somebody(db, "finance"))
    page = "/finance/reconciliation/runs"
    return send(client, page, page, psp="stripe", day="2026-03-14")


def upload(client: FlaskClient, db: Database) -> TestResponse:
    night = Night()
    night.charge(2490, 102)
    signed_in(client, somebody(db, "finance"))
    page = "/finance/reconciliation/files"
    form = {
        "csrf_token": token_in(client.get(page).text),
        "psp": "stripe",
        "day": "2026-03-14",
        "file": (io.BytesIO(csv_of(night.rows())), "file.csv"),
    }
    return client.post(page, data=form, headers={"Origin": "http://localhost"})


def unlink(client: FlaskClient, db: Database) -> TestResponse:
    ours, theirs = joined(db)
    signed_in(client, somebody(db, "finance"))
    shown = f"{LIST}/{ours}/unlink?other={theirs}"
    key = re.findall(r'name="form_key" value="(\w+)"', client.get(shown).text)[0]
    fields = {"other": theirs, "form_key": key, "reason": "They do not belong together"}
    return send(client, shown, f"{LIST}/{ours}/unlink", **fields)


FORMS: dict[str, tuple[str, Act]] = {
    f"{LIST}/<alert>/assign": ("alert.assign", on_alert("assign")),
    f"{LIST}/<alert>/cause": ("alert.cause", hang),
    f"{LIST}/<alert>/due": ("alert.due", on_alert("due", reason="No hurry at all")),
    f"{LIST}/<alert>/unlink": ("alert.unlink", unlink),
    f"{LIST}/<alert>/escalate": (
        "alert.escalate",
        on_alert("escalate", to="role:finance_approver", note="Older than it should be"),
    ),
    f"{LIST}/<alert>/note": ("alert.note", on_alert("note", text="Asked the PSP")),
    f"{LIST}/<alert>/reopen": ("alert.reopen", on_alert("reopen", reason="The PSP denies it")),
    f"{LIST}/<alert>/resolve": ("alert.resolve", resolve),
    f"{LIST}/<alert>/snooze": ("alert.snooze", on_alert("snooze", reason="The PSP looks into it")),
    f"{LIST}/bulk": ("alert.assign", bulk),
    f"{LIST}/views": ("saved_view.save", keep_view),
    f"{LIST}/views/<uuid:view>/drop": ("saved_view.drop", drop_view),
    "/finance/reconciliation/files": ("settlement_file.receive", upload),
    "/finance/reconciliation/runs": ("reconciliation.run", compare),
}
