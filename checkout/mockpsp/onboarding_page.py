"""The hosted onboarding page /connect/<token>: what a seller sees who hands in what the PSP wants to know.

Test data only: a bank account of the table, and what the checks shall say. A link works for five minutes and once.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from checkout.mockpsp import banks, verification
from checkout.mockpsp.page_origin import form_action, protect
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.verification import Outcome
from checkout.mockpsp.work import Work

Json = dict[str, Any]
SEE_OTHER: Final = 303
UNPROCESSABLE: Final = 422
CHOICES: Final = {
    Outcome.VERIFY: "Everything is right: the account is verified",
    Outcome.REVIEW: "The details are being checked",
    Outcome.REQUIRE: "A document cannot be read: more is needed",
    Outcome.REJECT: "The account is rejected",
}


def register(app: Flask, psp: Psp) -> None:
    pages = Blueprint("onboarding", __name__)
    pages.add_url_rule("/connect/<token>", "show", lambda token: _show(psp, token))
    pages.add_url_rule("/connect/<token>", "submit", lambda token: _submit(psp, token), methods=["POST"])
    pages.after_request(_protect)
    app.register_blueprint(pages)


def _show(psp: Psp, token: str) -> str | WerkzeugResponse:
    with psp.work() as work:
        link = _link(work, token)
        account = work.tx.get("account", link["account"])
    if link["over"]:
        return redirect(link["refresh_url"], SEE_OTHER)
    return _form(token, account, refusal=None)


def _submit(psp: Psp, token: str) -> WerkzeugResponse | tuple[str, int]:
    number = banks.normalized(request.form.get("iban", ""))
    outcome = request.form.get("outcome")
    with psp.work() as work:
        link = _link(work, token)
        account = work.tx.get("account", link["account"])
        assert account is not None, "an account is never deleted"
        if link["over"]:
            return redirect(link["refresh_url"], SEE_OTHER)
        if number is None or outcome not in CHOICES:
            return _form(token, account, refusal="Enter a bank account and choose an outcome."), UNPROCESSABLE
        work.tx.run("update onboarding_links set used = 1 where token = ?", [token])
        verification.decide(work, account, Outcome(outcome), bank_number=number)
    return redirect(link["return_url"], SEE_OTHER)


def _link(work: Work, token: str) -> Json:
    row = work.tx.run(
        "select account, refresh_url, return_url, expires_at, used from onboarding_links where token = ?",
        [token],
    ).fetchone()
    if row is None:
        abort(404)
    account, refresh_url, return_url, expires_at, used = row
    request.environ["mockpsp.form_action"] = form_action((refresh_url, return_url))
    over = bool(used) or expires_at <= work.now
    return {"account": account, "refresh_url": refresh_url, "return_url": return_url, "over": over}


def _form(token: str, account: Json | None, *, refusal: str | None) -> str:
    return render_template(
        "mockpsp/connect.html",
        token=token,
        account=account,
        banks=banks.TABLE,
        choices=CHOICES,
        refusal=refusal,
    )


def _protect(response: Response) -> Response:
    return protect(response, request.environ.get("mockpsp.form_action", ""))
