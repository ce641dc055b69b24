"""kill -9 and emptied servers under a running product: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import uuid

import psutil
import pytest
import redis
import requests

from tests.faults.shop import Shop
from tests.product import Product, command_line, wait_until

# One group: the tests share a running product, which each process of pytest-xdist would start for itself.
pytestmark = [
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


def workers(product: Product) -> list[psutil.Process]:
    return [each for each in product.processes() if "jobs.worker" in command_line(each)]


def test_work_survives_an_emptied_redis(product: Product, shop: Shop) -> None:
    """Workers stopped, 20 payments paid, Redis flushed: all tasks are rows, rung for by the scheduler."""
    stopped = workers(product)
    for worker in stopped:
        worker.suspend()
    payments = [shop.create() for _ in range(20)]
    for payment in payments:
        shop.pay(payment)
    wait_until(
        lambda: len(shop.rows("SELECT 1 FROM inbox_events WHERE status = 'received'")) >= 60, 60, "stored"
    )

    redis.Redis.from_url(shop.demo["redis_url"]).flushall()
    for worker in stopped:
        worker.resume()

    shop.wait_until_succeeded(payments)
    shop.wait_until_quiet()
    shop.assert_books_equal_the_psp()


def test_killed_workers_lose_and_double_nothing(product: Product, shop: Shop) -> None:
    """Every worker is killed three times while 20 payments are paid."""
    payments = [shop.create() for _ in range(20)]
    paying = threading.Thread(target=lambda: [shop.pay(payment) for payment in payments])
    paying.start()
    for _ in range(3):
        for worker in workers(product):
            worker.kill()
        wait_until(lambda: len(workers(product)) >= 3, 60, "workers are back")
    paying.join(timeout=60)

    shop.wait_until_succeeded(payments)
    shop.wait_until_quiet()
    shop.assert_books_equal_the_psp()


def test_killed_web_processes_leave_one_payment_per_key(product: Product, shop: Shop) -> None:
    """Ten storefronts post while both web processes are killed twice; each repeats its key until it is answered."""
    keys = [str(uuid.uuid4()) for _ in range(10)]
    before = len(shop.rows("SELECT id FROM payments"))
    answers: dict[str, str] = {}

    def storefront(key: str) -> None:
        answers[key] = shop.create_until_answered(key)["id"]

    threads = [threading.Thread(target=storefront, args=[key]) for key in keys]
    for thread in threads:
        thread.start()
    for _ in range(2):
        master = product.process("gunicorn", "wsgi:app()")
        for child in master.children() if master else []:
            os.kill(child.pid, signal.SIGKILL)
        wait_until(product.answers, 60, "web is back")
    for thread in threads:
        thread.join(timeout=90)

    assert len(set(answers.values())) == len(keys)
    assert len(shop.rows("SELECT id FROM payments")) == before + len(keys)
    assert {shop.create_until_answered(key)["id"] for key in keys} == set(answers.values())
    shop.wait_until_quiet()


def test_without_redis_payments_go_on(product: Product, shop: Shop) -> None:
    """Valkey is killed: the API answers, the webhook is stored and applied, and the launcher brings Valkey back."""
    valkey = product.process("valkey-server")
    assert valkey is not None
    valkey.kill()

    payment = shop.create()
    shop.pay(payment)

    shop.wait_until_succeeded([payment])
    wait_until(lambda: bool(redis.Redis.from_url(shop.demo["redis_url"]).ping()), 60, "Valkey is back")
    shop.assert_books_equal_the_psp()


def test_a_killed_postgresql_loses_nothing_it_acknowledged(product: Product, shop: Shop) -> None:
    """Five payments are answered, PostgreSQL is killed in the middle of their webhooks; it comes back, and so do they."""
    payments = [shop.create() for _ in range(5)]
    paying = threading.Thread(target=lambda: [shop.pay(payment) for payment in payments])
    paying.start()
    server = product.process("postgres", "-D")
    assert server is not None
    for process in [*server.children(), server]:
        with contextlib.suppress(psutil.NoSuchProcess):  # the server ends its own when one of them dies
            process.kill()
    paying.join(timeout=60)

    wait_until(lambda: product.answers("/readyz"), 60, "PostgreSQL is back")
    shop.wait_until_succeeded(payments)
    shop.wait_until_quiet()
    shop.assert_books_equal_the_psp()


def test_lost_answers_of_the_psp_make_no_second_session(product: Product, shop: Shop) -> None:
    """Half of the PSP's answers to the registration are lost after it has acted: one session for each payment."""
    shop.control(
        "faults",
        {"path": "/v1/checkout/sessions", "method": "POST", "kind": "drop_response", "share": 0.5, "seed": 7},
    )
    try:
        payments = [shop.create_until_answered(str(uuid.uuid4())) for _ in range(8)]
    finally:
        requests.delete(f"{shop.mock}/_mock/faults", timeout=30)
    for payment in payments:
        shop.pay(payment)

    shop.wait_until_succeeded(payments)
    shop.wait_until_quiet()
    shop.assert_books_equal_the_psp()
    references = [charge["reference"] for charge in shop.charges()]
    assert len(references) == len(set(references))
