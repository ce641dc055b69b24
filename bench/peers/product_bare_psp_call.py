"""The product's own server settings with one thing exchanged: the SDK's call to the PSP for urllib3 and json alone.

`gunicorn wsgi:app() --config python:bench.peers.product_bare_psp_call` shows the SDK's share.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from checkout.launcher import gunicorn_settings
from checkout.launcher.gunicorn_settings import *  # noqa: F403 - every setting that is not exchanged here
from checkout.psp.stripe.client import StripeClient

_pool = urllib3.PoolManager(maxsize=64)


def _send(
    self: StripeClient,
    method: str,
    path: str,
    parameters: Mapping[str, str],
    options: Mapping[str, str],
    _encoded: str | bytes | None = None,
) -> Mapping[str, Any]:
    body = urlencode(parameters)
    headers = {
        "Authorization": f"Bearer {self._api_key}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    if "idempotency_key" in options:
        headers["Idempotency-Key"] = options["idempotency_key"]
    url = f"{self._api_base}{path}" if method == "post" else f"{self._api_base}{path}?{body}"
    answer = _pool.request(method.upper(), url, body=body if method == "post" else None, headers=headers)
    if answer.status != 200:
        raise RuntimeError(f"the PSP stub answered {answer.status}")
    found: dict[str, Any] = json.loads(answer.data)
    return found


def post_fork(arbiter: Any, worker: Any) -> None:
    StripeClient._send = _send  # type: ignore[method-assign]
    gunicorn_settings.post_fork(arbiter, worker)
