"""What the domain refuses. It has never heard of HTTP: one module of the API translates the codes.

DomainError
├── InvalidParameter      the input breaks a rule; says which field
├── NotFound              no such thing, or not yours
└── (each package's own, with a stable code from the API's error table)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that breaks one rule. `pointer` is a JSON pointer (RFC 6901) into the request's body."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """The base of every refusal. `code` is stable and documented; `extra` are further members of the answer."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        pointers: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointers = tuple(pointers)
        self.extra = dict(extra or {})
        self.retry_after_seconds = retry_after_seconds


class InvalidParameter(DomainError):
    """A field breaks a rule."""

    code = "invalid_parameter"

    @classmethod
    def at(cls, pointer: str, detail: str, code: str = "invalid") -> InvalidParameter:
        return cls(detail, pointers=(FieldError(pointer, code, detail),))


class NotFound(DomainError):
    """Malformed, unknown or another tenant's: one answer for all three."""

    code = "not_found"
