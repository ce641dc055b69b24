"""One call to Stripe: the SDK, the circuit, and what a failure means, told by HTTP status and code."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, BinaryIO, Final
from urllib.parse import quote_plus

import stripe
import structlog
import urllib3
from stripe import _api_requestor

from checkout.db.session import in_transaction
from checkout.psp.breaker import Breaker
from checkout.psp.errors import (
    CallInsideTransaction,
    Declined,
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    PspError,
    RateLimited,
    Unavailable,
)
from checkout.psp.stripe.declines import reason_of
from checkout.psp.stripe.transport import AnswerTooLong, PooledClient

API_VERSION: Final = "2026-10-28.endive"
RETRIES_INSIDE_A_CALL: Final = (
    1  # with the same key: 2 × (2 + 8) s + a pause of 0.5 s, well below every lease
)

FILES_BASE: Final = "https://files.stripe.com"

NOT_COVERED: Final = frozenset({"balance_insufficient", "insufficient_funds"})  # of a transfer or a payout

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]*")  # what a form spells as it is
_SPELLED: Final = {code: quote_plus(chr(code)) for code in range(128)}

log = structlog.get_logger(__name__)

stripe.enable_telemetry = False  # it would time every call and send the figures along with the next one


def _unheard(message: str, **_parameters: Any) -> None:
    """The SDK makes text of each request and of the whole answer for its own log, also where nobody reads that. Ours
    says what there is to say, and never holds an answer."""


# With every call it would look a dozen times into the environment for who has started the program, and tell.
assert hasattr(_api_requestor._APIRequestor, "AI_AGENTS"), "the SDK looks in another way by now"
_api_requestor._APIRequestor.AI_AGENTS = []

for _name in ("log_info", "log_debug"):
    assert hasattr(_api_requestor, _name), "the SDK logs in another way by now"
    setattr(_api_requestor, _name, _unheard)


class StripeClient:
    """The process's one client: made on first use, anew in a child that was forked after."""

    def __init__(self, *, api_key: str, api_base: str | None, breaker: Breaker) -> None:
        self._api_key = api_key
        self._api_base = api_base
        self._breaker = breaker
        self._lock = threading.Lock()
        self._made: tuple[int, stripe.StripeClient, PooledClient] | None = None

    def get(
        self, path: str, parameters: Mapping[str, str] | None = None, *, account: str = ""
    ) -> Mapping[str, Any]:
        """`account`: a connected account whose objects are meant, instead of our own."""
        return self._call("get", path, parameters or {}, _options(account=account))

    def post(
        self, path: str, parameters: Mapping[str, str], *, key: str, account: str = ""
    ) -> Mapping[str, Any]:
        """Always with our key: the SDK would invent another one for each call, which protects nothing."""
        return self._call("post", path, parameters, _options(account=account, key=key), form(parameters))

    def upload(self, path: str, body: bytes, *, content_type: str, key: str) -> Mapping[str, Any]:
        """A file, to Stripe's address for them."""
        options = {
            **_options(account="", key=key),
            "base": "files",
            "headers": {"Content-Type": content_type},
        }
        return self._call("post", path, {}, options, body)

    def download(self, path: str, into: BinaryIO, *, most_bytes: int) -> int:
        """Writes what Stripe's address for files answers, block by block; returns how many bytes.

        Raises:
            OutcomeUnknown: it broke off, or took too long. InvalidRequest: it is refused, or larger.
        """
        if in_transaction():
            raise CallInsideTransaction(f"download {path}")
        url = f"{(self._api_base or FILES_BASE).rstrip('/')}{path}"
        headers = {"Authorization": f"Bearer {self._api_key}", "Stripe-Version": API_VERSION}
        transport = self._sdk()[1]
        return self._breaker.call(lambda: _download(transport, url, headers, into, most_bytes))

    def _call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        options: Mapping[str, Any],
        body: str | bytes | None = None,
    ) -> Mapping[str, Any]:
        if in_transaction():
            raise CallInsideTransaction(f"{method} {path}")
        try:
            return self._breaker.call(lambda: self._send(method, path, parameters, options, body))
        except PspError as error:
            name = type(error).__name__
            log.warning(
                "psp.failed", psp="stripe", method=method, type=name, code=error.psp_code, error=error.detail
            )
            raise

    def _send(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        options: Mapping[str, Any],
        body: str | bytes | None,
    ) -> Mapping[str, Any]:
        sdk, transport = self._sdk()
        transport.begin_call(body)
        try:
            answer = sdk.raw_request(method, path, **({} if method == "post" else parameters), **options).data
        except stripe.APIConnectionError as error:
            raise _of_connection(error, reached=transport.reached()) from None
        except stripe.StripeError as error:
            raise _of_answer(error, transport.retry_after_seconds()) from None
        except (AttributeError, TypeError, ValueError, KeyError, RecursionError) as error:
            # An error answer that is JSON, but no error object: the SDK stumbles over it.
            raise OutcomeUnknown(f"an unreadable answer ({type(error).__name__})") from None
        if not isinstance(answer, Mapping):
            raise OutcomeUnknown("an answer that is no object")
        return answer

    def _sdk(self) -> tuple[stripe.StripeClient, PooledClient]:
        if self._made is None or self._made[0] != os.getpid():
            with self._lock:
                if self._made is None or self._made[0] != os.getpid():
                    self._made = (os.getpid(), *self._make())
        return self._made[1], self._made[2]

    def _make(self) -> tuple[stripe.StripeClient, PooledClient]:
        transport = PooledClient()
        addresses: Any = {"api": self._api_base, "files": self._api_base} if self._api_base else {}
        client = stripe.StripeClient(
            self._api_key,
            stripe_version=API_VERSION,
            base_addresses=addresses,
            http_client=transport,
            max_network_retries=RETRIES_INSIDE_A_CALL,
        )
        return client, transport


def _download(
    transport: PooledClient, url: str, headers: Mapping[str, str], into: BinaryIO, most_bytes: int
) -> int:
    try:
        status, size = transport.download(url, headers, into, most_bytes=most_bytes)
    except AnswerTooLong as error:
        raise InvalidRequest(str(error), psp_code="file_size") from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise OutcomeUnknown(f"no whole file ({type(error).__name__})") from None
    if status == 200:
        return size
    if status in (409, 429):
        raise RateLimited(f"HTTP {status}", retry_after_seconds=1)
    if 400 <= status < 500:
        raise InvalidRequest(f"HTTP {status} for a file")
    raise OutcomeUnknown(f"HTTP {status}")


def form(parameters: Mapping[str, str]) -> str:
    """The parameters as the body of a POST: in one order, so that the same request always has the same bytes."""
    return "&".join(
        [f"{_form_name(name)}={_form_value(value)}" for name, value in sorted(parameters.items())]
    )


def _form_value(value: str) -> str:
    """As quote_plus(), which looks at each byte of an address where a few are to be spelled otherwise."""
    if _PLAIN.fullmatch(value):
        return value
    return value.translate(_SPELLED) if value.isascii() else quote_plus(value)


@lru_cache(maxsize=4_096)
def _form_name(name: str) -> str:
    return quote_plus(name, safe="[]")


def _options(*, account: str, key: str = "") -> dict[str, str]:
    """The SDK's names of the two headers."""
    named = {"stripe_account": account, "idempotency_key": key}
    return {name: value for name, value in named.items() if value}


def _of_connection(error: stripe.APIConnectionError, *, reached: bool) -> PspError:
    """Refused at every attempt: nothing was executed. Anything else, or an attempt before it that got through: unknown."""
    cause = type(error.__cause__).__name__
    return OutcomeUnknown(f"no answer ({cause})") if reached else Unavailable(f"no connection ({cause})")


def _of_answer(error: stripe.StripeError, wait: int | None) -> PspError:
    """The status decides. An answer in the 400s that is no error object of Stripe's came from something in between,
    and a key used with other parameters means that something was executed under it: both are unknown."""
    status = error.http_status or 0
    body = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    if not isinstance(body, Mapping) or not 400 <= status < 500 or body.get("type") == "idempotency_error":
        if status in (409, 429):
            return RateLimited(f"HTTP {status}", retry_after_seconds=wait or 1)
        return OutcomeUnknown(f"HTTP {status}", psp_code=_word(body, "code"), retry_after_seconds=wait)
    code = _word(body, "decline_code") or _word(body, "code") or _word(body, "type")
    match status:
        case 409 | 429:
            return RateLimited(f"HTTP {status}", retry_after_seconds=wait or 1, psp_code=code)
        case 402:
            return Declined(f"declined: {code}", reason=reason_of(code), psp_code=code)
        case _ if code in NOT_COVERED:
            return InsufficientFunds(f"HTTP {status}: {code}", psp_code=code)
        case _:
            where = f" at {_word(body, 'param')}" if _word(body, "param") else ""
            return InvalidRequest(f"HTTP {status}: {code}{where}", psp_code=code)


def _word(body: object, name: str) -> str | None:
    value = body.get(name) if isinstance(body, Mapping) else None
    return value[:100] if isinstance(value, str) and value else None
