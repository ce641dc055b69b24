"""Limits and hosts as a caller meets them: who is counted as whom, what is refused, what the headers say."""

from __future__ import annotations

import re

import pytest
import time_machine

from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter
from checkout.db.session import atomic
from checkout.gate.limited import route_class
from checkout.limits import Quota, RouteClass
from checkout.limits.plans import choose_plan, forget_cached_plans
from checkout.limits.quotas import BY_ADDRESS, BY_KEY

MOMENT = 1_800_000_004  # four seconds into a window of ten
# Structured fields (RFC 9651): a list of strings with integer parameters.
POLICY = r'"[a-z-]+";q=\d+;w=\d+'
STANDING = r'"[a-z-]+";r=\d+;t=\d+'


@pytest.fixture(autouse=True)
def frozen():
    forget_cached_plans()
    with time_machine.travel(MOMENT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def two_a_window(monkeypatch):
    """Two requests in ten seconds, whoever asks; the PSP's deliveries stay as they are."""
    for table in (BY_ADDRESS, BY_KEY["standard"]):
        for kind, quota in list(table.items()):
            if kind is not RouteClass.WEBHOOK:
                monkeypatch.setitem(table, kind, Quota(quota.name, 2, quota.seconds))


def test_every_answer_of_a_limited_route_says_how_much_is_left(caller):
    """As the IETF's draft writes it, on answers and refusals alike."""
    first, second = caller.get("/v1/payments"), caller.get("/v1/payments/pay_nothing")

    assert first.headers["RateLimit-Policy"] == '"key-read";q=2000;w=10'
    assert first.headers["RateLimit"] == '"key-read";r=1999;t=6'
    assert (second.status_code, second.headers["RateLimit"]) == (404, '"key-read";r=1998;t=6')


def test_one_too_many_is_a_problem_that_says_when_to_come_back(caller, two_a_window, frozen):
    """429, Retry-After at the same moment as the headers' reset; afterwards all is well again."""
    answers = [caller.get("/v1/payments") for _ in range(3)]
    frozen.shift(6)

    refused = answers[2]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (refused.get_json()["code"], refused.get_json()["retryable"]) == ("rate_limited", True)
    assert (refused.headers["Retry-After"], refused.headers["RateLimit"]) == ("6", '"key-read";r=0;t=6')
    assert caller.get("/v1/payments").status_code == 200


def test_reads_and_writes_are_counted_apart_and_keys_apart(caller, stranger, two_a_window):
    """A loop that reads stops no checkout, and no other storefront."""
    for _ in range(3):
        caller.get("/v1/payments")

    assert caller.post("/v1/payments", caller.shop.body()).status_code == 201
    assert stranger.get("/v1/payments").status_code == 200


def test_asking_for_the_methods_is_counted_too(caller, two_a_window):
    """OPTIONS asks for no key, so it is a stranger's."""
    answers = [caller.client.options("/v1/payments") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_a_refused_request_used_up_no_idempotency_key(caller, two_a_window, frozen):
    """The repeated call is as if it were the first."""
    for _ in range(2):
        caller.create()
    refused = caller.post("/v1/payments", caller.shop.body(), key="k-1")
    frozen.shift(6)

    repeated = caller.post("/v1/payments", caller.shop.body(), key="k-1")

    assert (refused.status_code, repeated.status_code) == (429, 201)
    assert "Idempotency-Replayed" not in repeated.headers


def test_strangers_are_counted_by_their_address_and_stop_no_key(client, caller, two_a_window):
    """Wrong keys from one address: 401 turns into 429. The storefront behind the same address goes on."""
    wrong = {"Authorization": "Bearer sk_test_00000000_" + "x" * 32}

    found = [client.get("/v1/payments", headers=wrong) for _ in range(3)]

    assert [answer.status_code for answer in found] == [401, 401, 429]
    assert found[2].headers["RateLimit-Policy"] == '"address-read";q=2;w=10'
    assert caller.get("/v1/payments").status_code == 200
    elsewhere = client.get("/v1/payments", headers=wrong, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 401


def test_a_forged_header_is_no_other_address(client, two_a_window):
    """No proxy is ours by default, so X-Forwarded-For moves nobody."""
    found = [
        client.get("/nowhere", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(3)
    ]

    assert found == [404, 404, 429]


def test_probes_and_the_psp_are_not_slowed(client, two_a_window):
    """Health is asked for when all else fails; a webhook that is refused would come late."""
    health = [client.get("/healthz") for _ in range(4)]
    webhooks = [client.post("/webhooks/stripe", data=b"{}") for _ in range(4)]

    assert [answer.status_code for answer in health] == [200] * 4
    assert "RateLimit" not in health[0].headers
    assert [answer.get_json()["code"] for answer in webhooks] == ["webhook_signature_invalid"] * 4
    assert webhooks[3].headers["RateLimit"] == '"address-webhook";r=99996;t=6'


def test_a_browser_is_told_in_words(client, two_a_window):
    """A page, not a problem document."""
    pages = [client.get("/nowhere", headers={"Accept": "text/html"}) for _ in range(3)]

    assert pages[2].status_code == 429
    assert "Too many requests" in pages[2].text
    assert pages[2].headers["Retry-After"] == "6"


def test_a_storefront_on_another_plan_has_its_keys_limits(caller):
    """The plan belongs to the storefront, so that rolling a key keeps it."""
    with atomic() as session:
        choose_plan(session, caller.shop.storefront.public_id, "load_test", cause=Cause("cli", "test"))

    answer = caller.get("/v1/payments")

    assert answer.headers["RateLimit-Policy"] == '"key-read";q=1000000;w=10'
    assert re.fullmatch(POLICY, answer.headers["RateLimit-Policy"])
    assert re.fullmatch(STANDING, answer.headers["RateLimit"])


def test_there_are_no_other_plans(db):
    """A misspelt one is told, not stored."""
    with pytest.raises(InvalidParameter), atomic() as session:
        choose_plan(session, "sto_" + "0" * 26, "platinum", cause=Cause("cli", "test"))


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/v1/payments", "read"),
        ("HEAD", "/v1/payments", "read"),
        ("POST", "/v1/payments", "write"),
        ("POST", "/v1/auth/token", "auth"),
        ("POST", "/sign-in/code", "auth"),
        ("POST", "/password-reset", "auth"),
        ("GET", "/sign-in", "page"),
        ("POST", "/webhooks/stripe", "webhook"),
        ("GET", "/docs", "page"),
        ("POST", "/theme", "page"),
    ],
)
def test_each_route_belongs_to_a_class(method, path, kind):
    """By how it is asked and where."""
    assert route_class(method, path) == kind


@pytest.mark.parametrize("path", ["/v1/payments", "/healthz", "/docs", "/nowhere", "/webhooks/stripe", "/"])
def test_a_wrong_host_is_refused_on_every_route(client, path):
    """400 as a problem, health too; nothing of the name is repeated."""
    answer = client.get(path, headers={"Host": "evil.example"})

    assert (answer.status_code, answer.get_json()["code"]) == (400, "host_not_allowed")
    assert "evil.example" not in answer.text + str(answer.headers)


def test_the_public_name_and_this_machines_are_taken(client):
    """PUBLIC_URL's host, and in development localhost."""
    assert client.get("/healthz", headers={"Host": "pay.example"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "127.0.0.1:8000"}).status_code == 200
