"""POST /v1/auth/token and /v1/auth/refresh, and an access token in the place of a key."""

from __future__ import annotations

from uuid import uuid4

import pytest

from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.identity import memberships, password_hashes, passwords, tokens, totp, users
from checkout.identity.password_hashes import Cost

CAUSE = Cause("cli", "test")
EMAIL, PASSWORD = "ada@example.org", "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap_hashes(db):
    tokens.forget_cached()
    password_hashes.configure(Cost(memory_kib=64, passes=1))
    yield
    password_hashes.configure(Cost())


def person(role="developer", **tenant):
    with atomic() as session:
        made = users.create_user(session, email=EMAIL, cause=CAUSE)
        memberships.grant(session, made.id, role, cause=CAUSE, **tenant)
    hashed = passwords.hashed(PASSWORD, email=EMAIL)
    with atomic() as session:
        passwords.set_hash(session, made.id, hashed, action="password.set", cause=CAUSE)
    return made


@pytest.fixture
def developer(shop):
    return person(storefront_id=shop.storefront.id)


def sign_in(client, **changes):
    body = {"email": EMAIL, "password": PASSWORD, **changes}
    return client.post("/v1/auth/token", json=body)


def bearer(answer):
    return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}


def test_a_person_signs_in_and_calls_as_a_key_does(client, developer, caller):
    """Creates, reads and cancels a payment of the storefront; the idempotency key is the person's own."""
    answer = sign_in(client)
    headers = {**bearer(answer), "Idempotency-Key": "k-1"}

    made = client.post("/v1/payments", json=caller.shop.body(), headers=headers)
    again = client.post("/v1/payments", json=caller.shop.body(), headers=headers)
    by_the_key = caller.post("/v1/payments", caller.shop.body(), key="k-1")

    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.get_json()["token_type"], answer.get_json()["expires_in"]) == ("Bearer", 600)
    assert (made.status_code, again.data) == (201, made.data)
    assert by_the_key.get_json()["id"] != made.get_json()["id"]
    assert caller.get(f"/v1/payments/{made.get_json()['id']}").status_code == 200


def test_whoever_sees_several_storefronts_creates_no_checkout(client, db, caller):
    """It would belong to none of them in particular."""
    operator = person("operator")
    totp.begin_enrolment(operator.id)
    db.rows("UPDATE second_factors SET confirmed_at = now(), last_step = 0")
    token = sign_in(client, code=totp.next_code(operator.id)[0])

    answer = client.post(
        "/v1/payments", json=caller.shop.body(), headers={**bearer(token), "Idempotency-Key": str(uuid4())}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")


def test_the_refusals_of_signing_in(client, db):
    """Each with its code and a WWW-Authenticate; which of email and password is wrong is not told."""
    finance = person("finance")
    totp.begin_enrolment(finance.id)
    db.rows("UPDATE second_factors SET confirmed_at = now(), last_step = 0")

    wrong, nobody = sign_in(client, password="x" * 20), sign_in(client, email="no@example.org")
    without, badly = sign_in(client), sign_in(client, code="000000")

    assert [answer.status_code for answer in (wrong, nobody, without, badly)] == [401] * 4
    assert [answer.get_json()["code"] for answer in (wrong, nobody, without, badly)] == [
        "invalid_credentials",
        "invalid_credentials",
        "mfa_required",
        "mfa_invalid",
    ]
    assert wrong.get_json()["detail"] == nobody.get_json()["detail"]
    assert all(answer.headers["WWW-Authenticate"].startswith("Bearer") for answer in (wrong, without, badly))


def test_after_five_failures_the_right_password_waits_too(client, developer):
    for _ in range(5):
        assert sign_in(client, password="x" * 20).status_code == 401

    answer = sign_in(client)

    assert (answer.status_code, answer.get_json()["code"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 900


def test_the_refresh_token_gives_the_next_pair(client, developer):
    first = sign_in(client).get_json()

    second = client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    third = client.post("/v1/auth/refresh", json={"refresh_token": second.get_json()["refresh_token"]})
    stolen = client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    after = client.post("/v1/auth/refresh", json={"refresh_token": third.get_json()["refresh_token"]})

    assert (second.status_code, third.status_code) == (200, 200)
    assert client.get("/v1/payments", headers=bearer(second)).status_code == 401  # the family has ended
    assert [(answer.status_code, answer.get_json()["code"]) for answer in (stolen, after)] == [
        (401, "invalid_credentials")
    ] * 2


def test_a_wrong_token_is_refused_as_a_wrong_key_is(client, developer):
    token = sign_in(client).get_json()["access_token"]
    key = client.get("/v1/payments", headers={"Authorization": "Bearer sk_test_x"}).get_json()

    for text in (token[:-3] + "xxx", f"{token}.x", "a.b.c", "..", "." * 1_999):
        answer = client.get("/v1/payments", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401, text
        assert answer.get_json()["detail"] == key["detail"]
    in_the_query = client.get(
        f"/v1/payments?access_token={token}", headers={"Authorization": f"Bearer {token}"}
    )
    assert in_the_query.status_code == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"email": EMAIL}, {"email": 1, "password": "x"}, {"email": EMAIL, "password": "x" * 129}, {"x": 1}],
)
def test_a_body_that_is_no_sign_in_is_422(client, body):
    answer = client.post("/v1/auth/token", json=body)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_parameter")


def test_passwords_and_codes_of_any_characters_give_no_5xx(client, developer):
    for text in ("\u0000" * 20, "\U0001f600" * 30, "ſ" * 20, " " * 20):
        assert sign_in(client, password=text).status_code in (400, 401, 429)
        assert sign_in(client, code=text).status_code in (200, 400, 401, 429)
