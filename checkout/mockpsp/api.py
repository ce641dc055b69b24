"""The gateway of /v1: faults, key, version, idempotency, parameters, one handler, one JSON answer."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from contextlib import nullcontext
from typing import Any, Final

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from checkout.mockpsp import (
    connection,
    expand,
    form,
    garbage,
    idempotency,
    object_ids,
    params,
    resources,
    uploads,
)
from checkout.mockpsp.call import Call, Endpoint
from checkout.mockpsp.errors import InvalidRequest, NotCovered, StripeError, Unauthenticated
from checkout.mockpsp.faults import FaultKind, Strike
from checkout.mockpsp.idempotency import Stored
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.shapes import API_VERSION
from checkout.mockpsp.store import dumps

Json = dict[str, Any]
# What a key brings back: answers, a 500, and the one refusal that comes once execution has begun (NotCovered, 400).
KEPT_STATUSES: Final = (200, 400, 500)
AMOUNT_ERROR_MINOR: Final = 100  # what wrong_amount adds: a step of every currency
_KEY: Final = re.compile(r"(?:sk|rk)_test_[A-Za-z0-9_]{4,240}")
_VERSION: Final = re.compile(r"20\d\d-\d\d-\d\d(?:\.[a-z]+)?")


def register(app: Flask, psp: Psp) -> None:
    for endpoint in resources.ENDPOINTS:
        app.add_url_rule(
            endpoint.rule,
            f"{endpoint.method} {endpoint.rule}",
            _view(psp, endpoint),
            methods=[endpoint.method],
        )
    app.register_error_handler(HTTPException, _http_error)


def _view(psp: Psp, endpoint: Endpoint) -> Any:
    def view(**ids: str) -> Response:
        return Exchange(psp, endpoint, ids, request).answer()

    return view


class Exchange:
    """One request and its answer."""

    def __init__(self, psp: Psp, endpoint: Endpoint, ids: dict[str, str], asked: Request) -> None:
        self.psp = psp
        self.endpoint = endpoint
        self.ids = ids
        self.asked = asked
        self.request_id = object_ids.request_id()
        self.key: str | None = None
        self.scope = ""

    def answer(self) -> Response:
        strike = self.psp.faults.strike(self.asked.method, self.asked.path)
        if FaultKind.REFUSE in strike:
            return self._drop(connection.RESET)
        body = self.asked.get_data()
        try:
            stored = self._admit(strike, body)
        except StripeError as error:
            return self._respond(error.status, dumps(error.body()), headers=error.headers)
        except _Dropped:
            return self._drop(connection.CLOSE)
        if FaultKind.DROP_RESPONSE in strike:
            return self._drop(connection.CLOSE)
        if FaultKind.GARBAGE in strike:
            return garbage.response(strike.by_kind[FaultKind.GARBAGE].body, stored.body)
        return self._respond_stored(stored, strike)

    # -- the way in

    def _admit(self, strike: Strike, body: bytes) -> Stored:
        check_api_key(self.asked)
        strict = _check_version(self.asked)
        self.scope = self.asked.headers.get("Stripe-Account", "")
        if self.scope and not self.endpoint.on_accounts:
            raise InvalidRequest("The mock PSP does not offer this on connected accounts.")
        if self.asked.method == "POST" and (key := self.asked.headers.get("Idempotency-Key")) is not None:
            idempotency.check_key(key)
            self.key = key
        in_flight = self.psp.in_flight.claim(self.scope, self.key) if self.key is not None else nullcontext()
        with in_flight:
            if strike.delay_seconds:
                time.sleep(strike.delay_seconds)
            if FaultKind.DROP_REQUEST in strike:
                raise _Dropped
            return self._execute(strike, body, strict)

    def _execute(self, strike: Strike, body: bytes, strict: bool) -> Stored:
        sent = uploads.without_boundary(self.asked, body)
        print_now = idempotency.fingerprint(self.asked.method, self.asked.path, sent)
        with self.psp.work(request_id=self.request_id, idempotency_key=self.key, account=self.scope) as work:
            if self.scope and work.tx.get("account", self.scope) is None:
                raise _no_access(self.scope)
            if self.key is not None and FaultKind.FORGET_KEYS not in strike:
                earlier = idempotency.recall(work.tx, self.scope, self.key, print_now, work.now)
                if earlier is not None:
                    return earlier
            if FaultKind.STATUS in strike:
                stored = self._status(strike)
            else:
                amount_error = AMOUNT_ERROR_MINOR if FaultKind.WRONG_AMOUNT in strike else 0
                given = self._given(body)
                checked = params.check(self.endpoint.accepts, given, strict=strict)
                stored = self._handle(Call(self.psp, work, checked, self.ids, amount_error))
            if self.key is not None and stored.status in KEPT_STATUSES:
                idempotency.remember(work.tx, self.scope, self.key, print_now, stored, work.now)
        return stored

    def _handle(self, call: Call) -> Stored:
        try:
            result = self.endpoint.handler(call)
        except NotCovered as refusal:
            return Stored(refusal.status, dumps(refusal.body()), self.request_id)
        paths = call.params.get("expand")
        text = dumps(expand.expand(call.work, result, paths)) if paths else call.work.tx.text(result)
        return Stored(200, text, self.request_id)

    def _given(self, body: bytes) -> form.Tree:
        if self.asked.method == "GET":
            return form.decode(self.asked.args.items(multi=True))
        if len(body) > self.endpoint.max_bytes:
            raise StripeError(413, "Request entity too large.")
        if body and self.asked.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
            raise InvalidRequest(
                f"Invalid request (unsupported content type {self.asked.mimetype[:60]}): use "
                "application/x-www-form-urlencoded."
            )
        given = form.decode([*self.asked.args.items(multi=True), *self.asked.form.items(multi=True)])
        for name, part in self.asked.files.items():
            given[name] = uploads.read(part)
        return given

    def _status(self, strike: Strike) -> Stored:
        fault = strike.by_kind[FaultKind.STATUS]
        error = injected(fault.status, fault.retry_after, fault.body)
        if fault.status != 500:
            raise error
        return Stored(500, dumps(error.body()), self.request_id)

    # -- the way out

    def _respond_stored(self, stored: Stored, strike: Strike) -> Response:
        body = stored.body
        if FaultKind.WRONG_AMOUNT in strike and self.asked.method == "GET":
            body = garbage.other_amounts(body, AMOUNT_ERROR_MINOR)
        headers = {}
        if stored.request_id != self.request_id:
            headers = {"Idempotent-Replayed": "true", "Original-Request": stored.request_id}
        elif self.key is not None:
            headers = {"Original-Request": self.request_id}
        return self._respond(stored.status, body, headers=headers)

    def _respond(self, status: int, body: str, *, headers: dict[str, str]) -> Response:
        response = Response(body, status, mimetype="application/json")
        response.headers["Request-Id"] = self.request_id
        response.headers["Stripe-Version"] = self.asked.headers.get("Stripe-Version", API_VERSION)
        if self.key is not None:
            response.headers["Idempotency-Key"] = self.key
        for name, value in headers.items():
            response.headers[name] = value
        return response

    def _drop(self, how: str) -> Response:
        self.asked.environ[connection.MARK] = how
        return Response(status=503)


class _Dropped(Exception):
    """The request never reached the PSP's own code."""


def _no_access(account: str) -> StripeError:
    return StripeError(
        403,
        f"The provided key does not have access to account '{account[:60]}' (or that account does not exist). "
        "Application access may have been revoked.",
        code="account_invalid",
    )


def injected(status: int, retry_after: int | None, message: str | None) -> StripeError:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    text = message or f"A fault answers with {status}."
    if status == 429:
        return StripeError(429, text, code="rate_limit", headers=headers)
    if status == 409:
        return StripeError(
            409, text, kind="idempotency_error", code="idempotency_key_in_use", headers=headers
        )
    kind = "api_error" if status >= 500 else "invalid_request_error"
    return StripeError(status, text, kind=kind, headers=headers)


def check_api_key(asked: Request) -> None:
    scheme, _, credentials = asked.headers.get("Authorization", "").partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        try:
            key = b64decode(key, validate=True).decode().partition(":")[0]
        except ValueError:
            key = ""
    if not key:
        raise Unauthenticated(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if not _KEY.fullmatch(key):
        raise Unauthenticated(f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}")


def _check_version(asked: Request) -> bool:
    """Whether unknown parameters are refused: yes as soon as the caller says which version it speaks."""
    version = asked.headers.get("Stripe-Version")
    if version is None:
        return False
    if not _VERSION.fullmatch(version) or version[:10] > API_VERSION[:10]:
        raise InvalidRequest(f"Invalid Stripe API version: {version[:60]}")
    return True


def _http_error(error: HTTPException) -> Response | HTTPException:
    if not request.path.startswith("/v1/"):
        return error
    request_id = object_ids.request_id()
    if error.code in (404, 405):
        refusal: StripeError = InvalidRequest(
            f"Unrecognized request URL ({request.method}: {request.path[:200]}). If you are trying to list objects, "
            "remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid "
            "(non-empty) identifier in your code.",
            status=404,
        )
    else:
        refusal = StripeError(error.code or 500, error.description or "", kind="api_error")
    response = Response(dumps(refusal.body()), refusal.status, mimetype="application/json")
    response.headers["Request-Id"] = request_id
    return response
