"""Alive, ready, counted."""

from __future__ import annotations

import re

from checkout.db import migrate


def sample(text, name, **labels):
    """A sample's value in Prometheus's text format, 0 where there is none."""
    for line in text.splitlines():
        match = re.fullmatch(r"(\w+)\{(.*)\} (\S+)", line)
        if (
            match
            and match[1] == name
            and all(f'{key}="{value}"' in match[2] for key, value in labels.items())
        ):
            return float(match[3])
    return 0.0


def test_alive_and_ready(client):
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json()["checks"]["database"] == "ok"
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"


def test_an_older_schema_is_not_ready_and_a_newer_one_is(client, db):
    """Revisions are numbered: code serves with its own and with later ones."""
    try:
        for revision, status in (("0001", 503), ("9999", 200)):
            db.rows("UPDATE alembic_version SET version_num = %(revision)s", revision=revision)
            assert client.get("/readyz").status_code == status
    finally:
        db.rows("UPDATE alembic_version SET version_num = %(revision)s", revision=migrate.head())
    assert client.get("/readyz").get_json()["checks"] == {"database": "ok", "schema": "ok"}


def test_requests_are_counted_by_rule_and_status(client, caller):
    labels = {"method": "GET", "route": "/v1/payments/<payment_id>", "status": "404"}
    before = sample(client.get("/metrics").get_data(as_text=True), "checkout_http_requests_total", **labels)
    caller.get("/v1/payments/pay_x")
    caller.get("/v1/payments/pay_y")

    text = client.get("/metrics").get_data(as_text=True)

    assert sample(text, "checkout_http_requests_total", **labels) == before + 2
    assert "pay_x" not in text
    assert sample(text, "checkout_http_request_seconds_count", route="/v1/payments/<payment_id>") >= 2


def test_unknown_addresses_and_methods_make_no_new_series(client):
    for n in range(5):
        client.get(f"/nowhere/{n}")
        client.open("/v1/payments", method=f"FOO{n}")

    text = client.get("/metrics").get_data(as_text=True)

    assert "nowhere" not in text
    assert "FOO" not in text
    assert sample(text, "checkout_http_requests_total", method="OTHER") >= 5


def test_the_backlog_is_read_when_scraped(client, caller):
    caller.create()

    text = client.get("/metrics").get_data(as_text=True)

    assert sample(text, "checkout_tasks", queue="default", status="done") == 0
    assert client.get("/metrics").content_type.startswith("text/plain")


def test_processes_are_summed(client, tmp_path):
    """Another process of the machine writes its own file; the scrape adds them up."""
    import subprocess
    import sys

    from checkout.observability import metrics

    labels = {"method": "PUT", "route": "/elsewhere", "status": "200"}
    before = sample(client.get("/metrics").get_data(as_text=True), "checkout_http_requests_total", **labels)
    program = (
        "from pathlib import Path; from checkout.observability import metrics;"
        f"metrics.configure(Path({str(metrics._directory)!r}));"
        "metrics.observe_request('PUT', '/elsewhere', 200, 0.01)"
    )

    subprocess.run([sys.executable, "-c", program], check=True)

    text = client.get("/metrics").get_data(as_text=True)
    assert sample(text, "checkout_http_requests_total", **labels) == before + 1
