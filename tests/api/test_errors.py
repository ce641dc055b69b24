"""One error shape everywhere, and no fault of the database's that looks like a fault of ours."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from sqlalchemy import exc

import checkout
from checkout.api.error_table import ERRORS
from checkout.core.errors import DomainError
from tests.api.conftest import PUBLIC_URL
from tests.patience import shipped_limits

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id", "retryable"}
# No call of the API comes to these: operators' commands do.
COMMANDS_ALONE = {"entry_posted_differently", "reversal_refused", "psp_number_taken"}


def every_error() -> set[type[DomainError]]:
    for module in pkgutil.walk_packages(checkout.__path__, "checkout."):
        importlib.import_module(module.name)
    found: set[type[DomainError]] = set()
    waiting = [DomainError]
    while waiting:
        waiting += (children := waiting.pop().__subclasses__())
        found.update(children)
    return found


def test_every_domain_error_has_its_row_in_the_table():
    """A code that the table does not know would be a 500."""
    missing = {
        f"{kind.__module__}.{kind.__name__}: {kind.code}"
        for kind in every_error()
        if kind.__module__.startswith("checkout.")  # other tests have errors of their own
        and kind.code not in ERRORS
        and kind.code not in COMMANDS_ALONE
    }

    assert missing == set()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "not_found"),
        ("GET", "/v1", 404, "not_found"),
        ("GET", "/v1/", 404, "not_found"),
        ("GET", "/v1/payments/", 404, "not_found"),
        ("GET", "/v1/payments/%2e%2e/x", 404, "not_found"),
        ("GET", "/%ff%fe", 404, "not_found"),
        ("DELETE", "/v1/payments", 405, "method_not_allowed"),
        ("PUT", "/v1/sellers", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/webhooks/stripe", 405, "method_not_allowed"),
        ("TRACE", "/v1/payments", 405, "method_not_allowed"),
        ("FOO", "/v1/payments", 405, "method_not_allowed"),
        ("POST", "/webhooks/stripe", 400, "webhook_signature_invalid"),
        ("GET", "/v1/payments", 401, "unauthenticated"),
        ("HEAD", "/v1/payments", 401, None),
    ],
)
def test_every_error_is_a_problem(client, method, path, status, code):
    answer = client.open(path, method=method)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Cache-Control"] == "no-store"
    if code is None:
        return
    problem = answer.get_json()
    assert set(problem) >= MEMBERS
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"{PUBLIC_URL}/docs/errors/{code}"
    assert problem["request_id"] == answer.headers["Request-Id"]
    assert problem["instance"] == f"/v1/requests/{problem['request_id']}"


def test_405_says_what_is_allowed(client):
    answer = client.delete("/v1/payments")

    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_options_is_answered(client):
    answer = client.options("/v1/payments")

    assert (answer.status_code, "POST" in answer.headers["Allow"]) == (200, True)


def test_a_clients_request_id_is_not_taken(client):
    answer = client.get("/healthz", headers={"Request-Id": "req_mine", "X-Request-Id": "req_mine"})

    assert answer.headers["Request-Id"] != "req_mine"


def test_a_browser_gets_a_page_and_the_api_never_does(client):
    html = {"Accept": "text/html,*/*;q=0.8"}

    page, problem = client.get("/nope", headers=html), client.get("/v1/nope", headers=html)

    assert page.content_type.startswith("text/html")
    assert (page.status_code, problem.status_code) == (404, 404)
    assert problem.content_type == "application/problem+json"


class _Original(Exception):
    def __init__(self, sqlstate, constraint=None):
        super().__init__("the database says no: DETAIL: Key (email)=(jo@example.org) exists")
        self.sqlstate = sqlstate
        self.diag = type("Diagnostic", (), {"constraint_name": constraint})()


def database_error(sqlstate, constraint=None, kind=exc.OperationalError):
    return kind("SELECT secret", {"email": "jo@example.org"}, _Original(sqlstate, constraint))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (exc.TimeoutError("pool exhausted"), 503),
        (database_error(None), 503),
        (database_error("57P01"), 503),
        (database_error("55P03"), 503),
        (database_error("57014"), 503),
        (database_error("53300"), 503),
        (database_error("53100"), 503),
        (database_error("40P01"), 503),
        (database_error("25006", kind=exc.InternalError), 500),
        (database_error("23505", "shoppers_by_email", exc.IntegrityError), 503),
        (database_error("23514", "payment_amount_bounded", exc.IntegrityError), 500),
        (database_error("42P01", kind=exc.ProgrammingError), 500),
        (ValueError("jo@example.org"), 500),
    ],
)
def test_what_passes_by_itself_is_503_and_our_faults_are_500(app, client, monkeypatch, error, status):
    """Neither tells the client what went wrong inside."""

    def fails(**_):
        raise error

    monkeypatch.setitem(app.view_functions, "docs.errors", fails)

    answer = client.get("/docs/errors")

    assert answer.status_code == status
    assert answer.get_json()["code"] == ("database_unavailable" if status == 503 else "internal_error")
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert answer.get_json()["retryable"] == (status == 503)
    assert "jo@example.org" not in answer.get_data(as_text=True)


def test_a_database_that_is_away_is_503_at_once(app, client, caller):
    from checkout.db import session

    session.configure("postgresql://nobody@127.0.0.1:1/nothing")

    answers = [caller.get("/v1/payments"), caller.post("/v1/payments", caller.shop.body())]
    ready, alive = client.get("/readyz"), client.get("/healthz")

    for answer in answers:
        assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "1"
    assert (ready.status_code, ready.get_json()["checks"]["database"]) == (503, "unavailable")
    assert alive.status_code == 200


def test_a_held_lock_is_503_within_the_lock_timeout(caller, db):
    """Somebody holds the payment: cancel gives up after three seconds and says so."""
    payment = caller.create()
    with db.connect() as connection, shipped_limits(db.url, pool_size=5):
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM payments FOR UPDATE")
        answer = caller.post(f"/v1/payments/{payment['id']}/cancel")
        connection.execute("ROLLBACK")

    assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
    assert caller.post(f"/v1/payments/{payment['id']}/cancel").status_code == 200
