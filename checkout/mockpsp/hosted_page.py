"""The hosted page /pay/<session> and its 3-D Secure challenge: what a shopper's browser sees of the PSP.

Plain forms and no script at all. A declined attempt is answered with a redirect to the page, which tells what the
session knows; so a reload never pays twice.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from checkout.mockpsp import attempts, card_form, cards, shopper
from checkout.mockpsp.attempts import Outcome, Result
from checkout.mockpsp.behaviours import Family
from checkout.mockpsp.card_form import Refusal
from checkout.mockpsp.card_table import TABLE, Means
from checkout.mockpsp.currency_rules import shown
from checkout.mockpsp.page_origin import form_action, protect
from checkout.mockpsp.page_view import PageView, view_of
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.shopper import Answer, Wish

Json = dict[str, Any]
SEE_OTHER: Final = 303
UNPROCESSABLE: Final = 422
GATEWAY_TIMEOUT: Final = 504


def register(app: Flask, psp: Psp) -> None:
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/", "index", lambda: _index())
    pages.add_url_rule("/pay/<session_id>", "pay", lambda session_id: _show(psp, session_id))
    pages.add_url_rule(
        "/pay/<session_id>", "submit", lambda session_id: _submit(psp, session_id), methods=["POST"]
    )
    pages.add_url_rule(
        "/pay/<session_id>/challenge", "challenge", lambda session_id: _challenge(psp, session_id)
    )
    pages.add_url_rule(
        "/pay/<session_id>/challenge", "answer", lambda session_id: _answer(psp, session_id), methods=["POST"]
    )
    pages.after_request(_protect)
    app.register_blueprint(pages)
    app.jinja_env.globals.update(shown=shown)


def _index() -> str:
    return render_template("mockpsp/index.html", families=_families())


def _families() -> list[tuple[str, list[Means]]]:
    return [(family.value, [row for row in TABLE if row.family is family]) for family in Family]


# -- paying


def _show(psp: Psp, session_id: str) -> str:
    view, ended = _look(psp, session_id)
    if ended is not None:
        return _ended(view, ended)
    return _form(view, tried=cards.by_slug(request.args.get("try", "")))


def _submit(psp: Psp, session_id: str) -> WerkzeugResponse | tuple[str, int]:
    view, ended = _look(psp, session_id)
    if ended is not None:
        return redirect(view.page_url, SEE_OTHER)
    wish = card_form.read(request.form, psp.clock.now())
    if isinstance(wish, Refusal):
        return _form(view, refusal=wish), UNPROCESSABLE
    return _follow(psp, view, shopper.act(psp, session_id, wish))


def _follow(psp: Psp, view: PageView, step: shopper.Step) -> WerkzeugResponse | tuple[str, int]:
    match step.outcome.result:
        case Result.TIMEOUT:
            return _ended(view, step.outcome), GATEWAY_TIMEOUT
        case Result.DECLINED if step.outcome.decline in (shopper.UNKNOWN_ACCOUNT, shopper.WRONG_CURRENCY):
            return _form(view, refusal=Refusal("iban", step.outcome.decline.message)), UNPROCESSABLE
        case Result.EXPIRED:
            return redirect(view.page_url, SEE_OTHER)
        case _ if step.redirect_url is None:
            return _ended(_look(psp, view.session_id)[0], step.outcome), 200
        case _:
            return redirect(step.redirect_url, SEE_OTHER)


def _look(psp: Psp, session_id: str) -> tuple[PageView, Outcome | None]:
    with psp.work() as work:
        checkout = work.tx.get("checkout.session", session_id)
        if checkout is None:
            abort(404)
        private = work.tx.private("checkout.session", session_id)
        intent_id = checkout["payment_intent"]
        intent = None if intent_id is None else work.tx.get("payment_intent", intent_id)
        view = view_of(checkout, private, intent, base=psp.settings.public_base, now=work.now)
        request.environ["mockpsp.form_action"] = form_action(
            (checkout["success_url"], checkout["cancel_url"])
        )
        return view, attempts.standing(work, checkout)


def _form(view: PageView, *, tried: Means | None = None, refusal: Refusal | None = None) -> str:
    return render_template(
        "mockpsp/pay.html",
        view=view,
        families=_families(),
        tried_card=tried if tried is not None and not tried.is_iban else None,
        tried_iban=tried if tried is not None and tried.is_iban else None,
        refusal=refusal,
        cvc_length=4 if tried is not None and tried.brand == "amex" else 3,
    )


def _ended(view: PageView, outcome: Outcome) -> str:
    return render_template("mockpsp/ended.html", view=view, result=outcome.result.value)


# -- 3-D Secure


def _challenge(psp: Psp, session_id: str) -> WerkzeugResponse | str:
    view, ended = _look(psp, session_id)
    if ended is not None or not view.challenged:
        return redirect(view.page_url, SEE_OTHER)
    return render_template("mockpsp/challenge.html", view=view)


def _answer(psp: Psp, session_id: str) -> WerkzeugResponse | tuple[str, int]:
    view, ended = _look(psp, session_id)
    answer = request.form.get("answer")
    if ended is not None or not view.challenged or answer not in set(Answer):
        return redirect(view.page_url, SEE_OTHER)
    return _follow(psp, view, shopper.act(psp, session_id, Wish(answer=Answer(answer))))


# -- headers


def _protect(response: Response) -> Response:
    return protect(response, request.environ.get("mockpsp.form_action", ""))
