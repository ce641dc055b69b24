"""The answer of a use case that owns its idempotency key: bytes that are stored and repeated, and who makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from checkout.core.errors import DomainError
from checkout.payments.views import PaymentView


@dataclass(frozen=True, slots=True)
class Answer:
    """`replayed`: executed before; these are the bytes of the first time."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


class Renderer(Protocol):
    """Makes the bytes. The API has one; the task that finishes a key nobody retried uses the same."""

    def payment(self, view: PaymentView, *, status: int) -> Answer: ...

    def problem(self, error: DomainError) -> Answer: ...
