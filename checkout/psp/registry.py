"""Which PSP this installation uses. The composition root configures it; use cases are handed the provider."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from checkout.core.errors import NotFound
from checkout.psp.port import PaymentServiceProvider

STRIPE = "stripe"

_lock = threading.Lock()
_make: Callable[[], PaymentServiceProvider] | None = None
_made: PaymentServiceProvider | None = None


def configure(*, psp: str, api_key: str, webhook_secrets: Sequence[str], api_base: str | None = None) -> None:
    """Says how the provider is reached. `psp` is "stripe" or "mock": the mock speaks Stripe's protocol at `api_base`.

    Nothing is imported or connected here: the adapter is made on first use, after any fork.
    """
    global _make, _made
    assert psp in ("stripe", "mock"), f"no adapter for {psp}"
    assert psp != "mock" or api_base, "the mock has no address of its own"

    def make() -> PaymentServiceProvider:
        from checkout.psp.stripe.adapter import StripeAdapter

        return StripeAdapter(api_key=api_key, webhook_secrets=tuple(webhook_secrets), api_base=api_base)

    with _lock:
        _make, _made = make, None


def use(provider: PaymentServiceProvider) -> None:
    """Sets a provider that exists already; tests bring their fakes this way."""
    global _make, _made
    with _lock:
        _make, _made = (lambda: provider), provider


def current() -> PaymentServiceProvider:
    """The provider that new payments go to."""
    global _made
    if _made is None:
        with _lock:
            if _made is None:
                assert _make is not None, "psp.registry.configure() comes first"
                _made = _make()
    return _made


def get(name: str) -> PaymentServiceProvider:
    """The provider of that name, as payments and inbox rows store it.

    Raises:
        NotFound: this installation has none.
    """
    provider = current()
    if provider.name != name:
        raise NotFound(f"no PSP named {name!r} is configured")
    return provider
