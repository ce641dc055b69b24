"""Log lines: what is not listed is left out, what is listed is scrubbed."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from sqlalchemy import exc

from checkout.observability import logs
from checkout.observability.redaction import scrub

CARD, KEY, EMAIL = (
    "4242424242424242",
    "sk_test_abcdefgh_0123456789abcdefghijABCDEFGHIJ01",
    "jo.doe@example.org",
)
SECRETS = (CARD, "4242 4242 4242 4242", KEY, EMAIL, "whsec_c2VjcmV0c2VjcmV0", "Bearer abc.def-ghi")


@pytest.fixture
def lines(capsys):
    logs.configure()

    def read():
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return read


def test_a_listed_field_stays_and_an_unlisted_is_named_without_its_value(lines):
    structlog.get_logger().info(
        "payment.captured", payment_id="pay_1", amount_minor=2490, email=EMAIL, body={"a": 1}
    )

    (line,) = lines()
    assert line["event"] == "payment.captured"
    assert (line["payment_id"], line["amount_minor"], line["left_out"]) == ("pay_1", 2490, "body,email")
    assert EMAIL not in json.dumps(line)
    assert line["at"].endswith("Z")


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_a_listed_field_is_scrubbed(lines, secret):
    structlog.get_logger().info("x", message=f"before {secret} after", reason=secret, event_id=secret)

    (line,) = lines()
    assert secret not in json.dumps(line)
    assert line["message"].startswith("before ")
    assert line["message"].endswith(" after")


def test_a_secret_in_a_fields_name_or_the_event_is_scrubbed(lines):
    structlog.get_logger().info(f"paid with {CARD}", **{f"x {EMAIL}": 1})

    assert CARD not in (text := json.dumps(lines()))
    assert EMAIL not in text


@pytest.mark.parametrize("secret", SECRETS)
def test_an_exceptions_text_is_scrubbed(lines, secret):
    try:
        raise ValueError(f"cannot use {secret}")
    except ValueError:
        structlog.get_logger().exception("request.failed")

    (line,) = lines()
    assert (line["error"], line["level"]) == ("builtins.ValueError", "error")
    assert line["error_at"][-1].endswith(":test_an_exceptions_text_is_scrubbed")
    assert secret not in json.dumps(line)


def test_a_databases_error_tells_its_state_and_no_row(lines):
    """PostgreSQL's DETAIL quotes the row, SQLAlchemy's text the parameters."""

    class Original(Exception):
        sqlstate = "23505"
        diag = type("Diagnostic", (), {"constraint_name": "shoppers_by_email"})

    original = Original(f"duplicate key value\nDETAIL:  Key (lower(email))=({EMAIL}) already exists.")
    structlog.get_logger().error("x", exc_info=exc.IntegrityError("INSERT", {"name": "Jo Doe"}, original))

    (line,) = lines()
    assert (line["sqlstate"], line["constraint"]) == ("23505", "shoppers_by_email")
    assert line["error_text"] == "duplicate key value"
    assert "Jo Doe" not in json.dumps(line)


def test_a_librarys_warning_is_one_line_of_json(lines):
    logging.getLogger("urllib3").warning("Retrying %s for %s", KEY, EMAIL)

    (line,) = lines()
    assert (line["event"], line["logger"], line["level"]) == ("library.message", "urllib3", "warning")
    assert KEY not in line["message"]
    assert EMAIL not in line["message"]


@pytest.mark.parametrize(
    "text", ["pay_01kaj1z8q4e6k9r2t5w8x0y3b6", "2026-11-21T09:30:00.000Z", "1234567890123", "amount 2490 EUR"]
)
def test_what_is_no_secret_stays(text):
    assert scrub(text) == text
