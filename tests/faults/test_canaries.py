"""Secrets and persons, planted through a running product's own doors, then looked for wherever it writes."""

from __future__ import annotations

import base64
import re
import sys
import uuid
import zlib
from contextlib import suppress

import pyotp
import pytest
import redis
import requests

from tests.conftest import Database
from tests.product import Product, wait_until
from tests.tables import everything_in

pytestmark = [
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="runs .venv/bin of this checkout"),
]

CARD = "4000002760003184"
EMAIL = "planted.shopper@leaks.example"
NAME = "Planted Shopperson"
STAFF = "planted.staff@leaks.example"
STAFF_NAME = "Planted Staffperson"
STRANGER = "planted.stranger@leaks.example"
CONTACT = "planted.contact@leaks.example"
WRONG_PASSWORD = "Planted-Horse-Battery-9"

# The development mailbox stands in for the outside world that emails go to; production has none.
OUTSIDE = {"mailbox_messages"}


def test_nothing_planted_is_found_in_logs_tables_redis_or_error_pages(product: Product) -> None:
    """A card number, an API key, a TOTP seed, a password, a session's token; addresses and names of a shopper, of staff,
    of a seller's contact and of somebody who has no account."""
    demo = product.demo()
    database = Database(demo["database_url"])
    operator = next(user for user in demo["users"] if user["totp_secret"])
    pages = [shopper_pays(demo, database), *client_errs(demo)]
    token, seen = operator_signs_in(demo["base_url"], operator)
    pages += seen
    pages += staff_is_invited_and_locked_out(product, demo, database)
    seed = operator["totp_secret"]
    planted = {
        "card": CARD,
        "spaced card": " ".join(CARD[i : i + 4] for i in range(0, 16, 4)),
        "API key": demo["api_key"].rpartition("_")[2],
        "TOTP seed": seed,
        "TOTP seed's bytes": base64.b32decode(seed).decode("utf-8", "replace"),
        "email": EMAIL,
        "name": NAME,
        "staff's email": STAFF,
        "staff's name": STAFF_NAME,
        "a demo person's email": operator["email"],
        "a stranger's email": STRANGER,
        "a seller's contact": CONTACT,
        "password": operator["password"],
        "wrong password": WRONG_PASSWORD,
        "session": token,
    }

    places = {
        **{f"table {name}": text for name, text in everything_in(database).items() if name not in OUTSIDE},
        **{f"log {file.name}": file.read_text("utf-8", "replace") for file in logs_of(product)},
        **{f"redis {key}": text for key, text in everything_in_redis(demo["redis_url"]).items()},
        **{f"page {number}": text for number, text in enumerate(pages)},
    }

    found = [
        (what, place) for what, word in planted.items() for place, text in places.items() if word in text
    ]
    assert found == []
    tables = everything_in(database)  # the control: what was planted did arrive
    assert all(address in tables["mailbox_messages"] for address in (EMAIL, STAFF, STAFF_NAME))
    assert '"password.lock_out"' in tables["audit_log"]
    assert sum(place.startswith("log ") for place in places) >= 5
    assert any(place.startswith("redis ") for place in places)


def shopper_pays(demo: dict, database: Database) -> str:
    """With a card, an address and a name, until the email has left."""
    (ada, *_) = demo["sellers"]
    body = {
        "amount": 1500,
        "currency": "EUR",
        "orders": [{"seller": ada["id"], "amount": 1500}],
        "customer": {"email": EMAIL, "name": NAME, "country": "DE"},
        "return_url": f"{demo['base_url']}/demo",
    }
    headers = {"Authorization": f"Bearer {demo['api_key']}", "Idempotency-Key": str(uuid.uuid4())}
    created = requests.post(f"{demo['base_url']}/v1/payments", json=body, headers=headers, timeout=30)
    assert created.status_code == 201, created.text
    session = created.json()["next_action"]["url"].rpartition("/")[2]
    sent = "SELECT count(*) FROM emails WHERE template LIKE 'payment.%%' AND sent_at IS NOT NULL"
    before = database.value(sent)
    paid = requests.post(
        f"{demo['mock_psp_url']}/_mock/pay",
        json={"session": session, "card": CARD, "three_d_secure": "approve"},
        timeout=30,
    )
    assert paid.status_code == 200, paid.text
    wait_until(lambda: database.value(sent) > before, 120, "the email")
    return created.text


def client_errs(demo: dict) -> list[str]:
    """Everything planted, where it does not belong."""
    url, key = demo["base_url"], demo["api_key"]
    auth = {"Authorization": f"Bearer {key}"}
    posted = {**auth, "Idempotency-Key": str(uuid.uuid4())}
    return [
        requests.get(f"{url}/{CARD}/{EMAIL}", timeout=30).text,
        requests.get(f"{url}/v1/payments/{CARD}", headers=auth, timeout=30).text,
        requests.get(f"{url}/v1/payments?api_key={key}", headers=auth, timeout=30).text,
        requests.get(f"{url}/v1/payments", headers={"Authorization": f"Bearer {key}x"}, timeout=30).text,
        requests.post(f"{url}/v1/payments", json={"note": CARD}, headers=posted, timeout=30).text,
        requests.post(f"{url}/v1/payments", data=f'{{"a": "{EMAIL}', headers=posted, timeout=30).text,
        requests.post(f"{url}/webhooks/stripe", data=f"{EMAIL} {CARD} {key}", timeout=30).text,
    ]


def operator_signs_in(url: str, operator: dict) -> tuple[str, list[str]]:
    """Once with a wrong password, then with the right one and a code: the session's token, and the refusals' pages."""
    browser = requests.Session()
    wrong = submit(browser, f"{url}/sign-in", email=operator["email"], password=WRONG_PASSWORD)
    submit(browser, f"{url}/sign-in", email=operator["email"], password=operator["password"])
    refused = submit(browser, f"{url}/sign-in/code", code="000000")
    submit(browser, f"{url}/sign-in/code", code=pyotp.TOTP(operator["totp_secret"]).now())
    assert browser.get(f"{url}/account", timeout=30).status_code == 200
    typed = f'value="{operator["email"]}"'  # the form keeps what its own sender typed
    assert typed in wrong.text
    return browser.cookies["session"], [wrong.text.replace(typed, ""), refused.text]


def staff_is_invited_and_locked_out(product: Product, demo: dict, database: Database) -> list[str]:
    """An account by the command line, its invitation and a forgotten password by email; wrong passwords until the door is
    shut, for the account and for an address that has none; a seller with a contact."""
    url = demo["base_url"]
    made = product.flask("users", "create", "--email", STAFF, "--name", STAFF_NAME, "--role", "auditor")
    assert made.returncode == 0, made.stderr
    browser = requests.Session()
    pages = [submit(browser, f"{url}/password-reset", email=address).text for address in (STAFF, STRANGER)]
    for address in (STAFF, STRANGER):
        for _ in range(6):
            submit(browser, f"{url}/sign-in", email=address, password=WRONG_PASSWORD)
    seller = requests.post(
        f"{url}/v1/sellers",
        json={"name": "Planted Goods", "country": "DE", "email": CONTACT},
        headers={"Authorization": f"Bearer {demo['api_key']}", "Idempotency-Key": str(uuid.uuid4())},
        timeout=30,
    )
    assert seller.status_code == 201, seller.text
    wait_until(
        lambda: (
            database.value(
                "SELECT count(*) FROM emails WHERE template LIKE 'user.%%' AND sent_at > now() - interval '1 day'"
            )
            >= 2
        ),
        120,
        "the invitation and the link",
    )
    return [*pages, seller.text]


def submit(browser: requests.Session, url: str, **fields: str) -> requests.Response:
    """The page's own form, with its token, as a browser sends it."""
    form = browser.get(url, timeout=30).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert found is not None, form[:500]
    origin = "/".join(url.split("/")[:3])
    return browser.post(
        url, data={"csrf_token": found.group(1), **fields}, headers={"Origin": origin}, timeout=30
    )


def logs_of(product: Product) -> list:
    return sorted((product.data_dir / "logs").glob("*.log"))


def everything_in_redis(url: str) -> dict[str, str]:
    """Every key with its value: RQ compresses what a job says."""
    with redis.Redis.from_url(url) as connection:
        return {
            repr(key): repr(key) + " ".join(map(readable, values_of(connection, key)))
            for key in connection.scan_iter(count=1_000)
        }


def values_of(connection: redis.Redis, key: bytes) -> list:
    match connection.type(key):
        case b"string":
            return [connection.get(key)]
        case b"hash":
            return [part for pair in connection.hgetall(key).items() for part in pair]
        case b"list":
            return connection.lrange(key, 0, -1)
        case b"set":
            return list(connection.smembers(key))
        case b"zset":
            return connection.zrange(key, 0, -1)
        case _:
            return [connection.dump(key)]


def readable(value: bytes | None) -> str:
    value = value or b""
    with suppress(zlib.error):
        value = zlib.decompress(value)
    return value.decode("utf-8", "replace")
