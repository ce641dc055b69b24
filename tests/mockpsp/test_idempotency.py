"""Keys: the same request is done once, whatever is repeated, crashed or forgotten."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import stripe

from checkout.mockpsp import api
from tests.mockpsp.conftest import session_form, session_params
from tests.mockpsp.harness import SECRET, running_mock

SESSIONS = "/v1/checkout/sessions"


def create(post, key, **changes):
    return post(SESSIONS, session_form(**changes), Idempotency_Key=key)


def test_the_same_key_gives_the_same_answer_byte_for_byte(post, client):
    first, second = create(post, "k1"), create(post, "k1")

    assert second.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"] != second.headers["Request-Id"]
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_a_key_with_other_parameters_is_refused(post):
    create(post, "k1")

    response = create(post, "k1", amount=2491)

    assert response.status_code == 400
    assert response.json()["error"]["type"] == "idempotency_error"


def test_the_order_of_the_parameters_does_not_matter(post):
    first = post(SESSIONS, session_form(), Idempotency_Key="k1")
    second = post(SESSIONS, dict(reversed(session_form().items())), Idempotency_Key="k1")

    assert second.content == first.content


def test_a_request_that_was_refused_may_be_corrected_under_its_key(post):
    """Stripe keeps an answer only once execution has begun."""
    assert create(post, "k1", amount=1).status_code == 400

    assert create(post, "k1", amount=2490).status_code == 200


def test_a_key_in_flight_is_409(post, control, client, monkeypatch):
    """While the first request runs, a second one of its key is told to wait; afterwards it gets the same answer."""
    under_way, may_end, answers = threading.Event(), threading.Event(), []

    def wait(seconds):
        under_way.set()
        assert may_end.wait(60)

    monkeypatch.setattr(api, "time", SimpleNamespace(sleep=wait))
    fault = {"path": SESSIONS, "method": "POST", "kind": "latency", "after_ms": 400, "times": 1}
    control("POST", "/faults", fault)
    first = threading.Thread(target=lambda: answers.append(create(post, "k1")))
    first.start()
    assert under_way.wait(60)

    second = create(post, "k1")
    may_end.set()
    first.join()

    assert second.status_code == 409
    assert second.json()["error"]["code"] == "idempotency_key_in_use"
    assert create(post, "k1").content == answers[0].content
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_fifty_threads_with_one_key_make_one_session(post, client):
    start = threading.Barrier(50)
    statuses = []

    def run():
        start.wait()
        statuses.append(create(post, "storm").status_code)

    threads = [threading.Thread(target=run) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(statuses) <= {200, 409}
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_without_a_key_each_request_makes_its_own(post, client):
    """The control of the storm: it is the key that makes one of many."""
    for _ in range(3):
        post(SESSIONS, session_form())

    assert len(client.v1.checkout.sessions.list().data) == 3


def test_a_key_is_forgotten_after_24_hours_of_the_mocks_time(post, control, client):
    create(post, "k1")
    control("POST", "/clock", {"advance_seconds": 24 * 3600 - 60})
    assert create(post, "k1").headers.get("Idempotent-Replayed") == "true"

    control("POST", "/clock", {"advance_seconds": 61})

    assert "Idempotent-Replayed" not in create(post, "k1").headers
    assert len(client.v1.checkout.sessions.list().data) == 2


def test_keys_and_the_clock_survive_a_restart(tmp_path, shop):
    def once():
        with running_mock(tmp_path / "one.sqlite3", webhook_url=shop.url, webhook_secrets=[SECRET]) as mock:
            client = stripe.StripeClient("sk_test_123456", base_addresses={"api": mock.base})
            created = client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k1"})
            mock.psp.advance_clock(1000)
            return created.id, mock.psp.clock.advance_seconds

    (first, advanced), (second, advanced_more) = once(), once()

    assert first == second
    assert (advanced, advanced_more) == (1000, 2000)


def test_a_key_that_is_too_long_is_refused(post):
    assert create(post, "k" * 256).status_code == 400
    assert create(post, "k" * 255).status_code == 200
