"""GET /v1/files/{file}/contents: a report's bytes as they lie on the disk. It is no JSON, so it passes by the gateway."""

from __future__ import annotations

import time
from typing import Final

from flask import Flask, Response, request, send_file

from checkout.mockpsp import connection
from checkout.mockpsp.api import check_api_key, injected
from checkout.mockpsp.errors import NoSuchObject, StripeError
from checkout.mockpsp.faults import FaultKind
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.report_files import content_path
from checkout.mockpsp.store import dumps

RULE: Final = "/v1/files/<file_id>/contents"


def register(app: Flask, psp: Psp) -> None:
    app.add_url_rule(RULE, "report contents", lambda file_id: _answer(psp, file_id), methods=["GET"])


def _answer(psp: Psp, file_id: str) -> Response:
    try:
        return _contents(psp, file_id)
    except StripeError as error:
        return Response(dumps(error.body()), error.status, error.headers, mimetype="application/json")


def _contents(psp: Psp, file_id: str) -> Response:
    strike = psp.faults.strike(request.method, request.path)
    time.sleep(strike.delay_seconds)
    for kind, how in ((FaultKind.REFUSE, connection.RESET), (FaultKind.DROP_RESPONSE, connection.CLOSE)):
        if kind in strike:
            request.environ[connection.MARK] = how
            return Response(status=503)
    check_api_key(request)
    if FaultKind.STATUS in strike:
        fault = strike.by_kind[FaultKind.STATUS]
        raise injected(fault.status, fault.retry_after, fault.body)
    with psp.store.transaction() as tx:
        found = tx.get("file", file_id)
    if found is None or found["purpose"] != "finance_report_run":
        raise NoSuchObject("file upload", file_id, "file")
    return send_file(content_path(psp, file_id).resolve(), mimetype="text/csv")
