"""The base of every schema and field of the API: exact types, bounds everywhere, nothing unknown, nothing converted.

marshmallow's own fields turn 10.9 into 10 and take 10**30; these do not. A message carries its own code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields

from checkout.core.currencies import CODES

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
UUID_SHAPE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
EMAIL_SHAPE = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)


class Coded(str):
    """A message with its machine-readable code."""

    code: str
    __slots__ = ("code",)

    def __new__(cls, code: str, text: str) -> Coded:
        made = super().__new__(cls, text)
        made.code = code
        return made


def wrong(code: str, text: str) -> ValidationError:
    return ValidationError(Coded(code, text))


class StrictSchema(Schema):
    """Unknown fields are refused, in the order they are written."""

    class Meta:
        unknown = RAISE

    error_messages = {  # noqa: RUF012 - marshmallow's own way
        "type": Coded("invalid_type", "must be an object"),
        "unknown": Coded("unknown_field", "is not a known field"),
    }


class _Strict(fields.Field):  # type: ignore[type-arg]
    default_error_messages = {  # noqa: RUF012
        "required": "is required",
        "null": "must not be null",
        "validator_failed": "is not valid",
    }

    def make_error(self, key: str, **_: Any) -> ValidationError:
        return wrong(key, str(self.error_messages[key]))


class Integer(_Strict, fields.Integer):
    """A JSON integer within bounds: no 10.0, no "10", no true."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        options["metadata"] = {"minimum": least, "maximum": most, **options.get("metadata", {})}
        super().__init__(**options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        if type(value) is not int:
            raise wrong("invalid_type", "must be a JSON integer")
        if not self.least <= value <= self.most:
            raise wrong("out_of_range", f"must be between {self.least} and {self.most}")
        return value


class Text(_Strict, fields.String):
    """One line of text, not blank, without control characters."""

    def __init__(
        self,
        most: int,
        *,
        least: int = 1,
        shape: re.Pattern[str] | None = None,
        what: str = "",
        **options: Any,
    ) -> None:
        options["metadata"] = {"minLength": least, "maxLength": most, **options.get("metadata", {})}
        super().__init__(**options)
        self.least, self.most, self.shape, self.what = least, most, shape, what

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if type(value) is not str:
            raise wrong("invalid_type", "must be a string")
        if not self.least <= len(value) <= self.most:
            raise wrong("invalid_length", f"must have {self.least} to {self.most} characters")
        if CONTROL.search(value):
            raise wrong("invalid_characters", "must be one line without control characters")
        if value and value.isspace():
            raise wrong("blank", "must not be blank")
        if self.shape is not None and not self.shape.fullmatch(value):
            raise wrong("invalid_format", self.what)
        return self._convert(value)

    def _convert(self, value: str) -> Any:
        return value


class Choice(Text):
    """One word of a closed list."""

    def __init__(self, options: Iterable[str], **kwargs: Any) -> None:
        self.options = tuple(options)
        kwargs["metadata"] = {"enum": list(self.options), **kwargs.get("metadata", {})}
        super().__init__(100, **kwargs)

    def _convert(self, value: str) -> str:
        if value not in self.options:
            raise wrong("not_an_option", f"must be one of: {', '.join(self.options)}")
        return value


class Currency(Text):
    """An ISO 4217 code that we know."""

    def __init__(self, **options: Any) -> None:
        options["metadata"] = {"pattern": "^[A-Z]{3}$", "example": "EUR", **options.get("metadata", {})}
        super().__init__(3, least=3, **options)

    def _convert(self, value: str) -> str:
        if value not in CODES:
            raise wrong("unknown_currency", "must be an upper-case ISO 4217 code")
        return value


class Email(Text):
    def __init__(self, **options: Any) -> None:
        options["metadata"] = {"format": "email", **options.get("metadata", {})}
        super().__init__(254, least=3, shape=EMAIL_SHAPE, what="must be an email address", **options)


class Uuid(Text):
    """A UUID in its usual spelling."""

    def __init__(self, **options: Any) -> None:
        options["metadata"] = {"format": "uuid", **options.get("metadata", {})}
        super().__init__(36, least=36, shape=UUID_SHAPE, what="must be a UUID", **options)

    def _convert(self, value: str) -> UUID:
        return UUID(value)


class Day(Text):
    """A calendar day, YYYY-MM-DD."""

    SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

    def __init__(self, **options: Any) -> None:
        options["metadata"] = {"format": "date", **options.get("metadata", {})}
        super().__init__(10, least=10, shape=self.SHAPE, what="must be a day, YYYY-MM-DD", **options)

    def _convert(self, value: str) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise wrong("invalid_format", "must be a day that exists, YYYY-MM-DD") from None


class Object(_Strict, fields.Nested):
    """An object inside."""


class Several(_Strict, fields.List):  # type: ignore[type-arg]
    """A bounded list."""

    def __init__(self, item: fields.Field[Any], *, least: int, most: int, **options: Any) -> None:
        options["metadata"] = {"minItems": least, "maxItems": most, **options.get("metadata", {})}
        super().__init__(item, **options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if type(value) is not list:
            raise wrong("invalid_type", "must be a list")
        if not self.least <= len(value) <= self.most:
            raise wrong("invalid_length", f"must have {self.least} to {self.most} items")
        return super()._deserialize(value, attr, data, **kwargs)


class Metadata(_Strict, fields.Dict):
    """The client's own strings: at most 50, keys of 40 and values of 500 characters."""

    MOST, KEY_LENGTH, VALUE_LENGTH = 50, 40, 500

    def __init__(self, **options: Any) -> None:
        options["metadata"] = {
            "maxProperties": self.MOST,
            "propertyNames": {"type": "string", "minLength": 1, "maxLength": self.KEY_LENGTH},
            "additionalProperties": {"type": "string", "maxLength": self.VALUE_LENGTH},
            **options.get("metadata", {}),
        }
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, str]:
        if type(value) is not dict:
            raise wrong("invalid_type", "must be an object of strings")
        if len(value) > self.MOST:
            raise wrong("invalid_length", f"must have at most {self.MOST} keys")
        mistakes = {key: [found] for key, item in value.items() if (found := self._mistake(key, item))}
        if mistakes:
            raise ValidationError(mistakes)
        return value

    def _mistake(self, key: str, item: Any) -> Coded | None:
        if not 1 <= len(key) <= self.KEY_LENGTH or CONTROL.search(key):
            return Coded(
                "invalid_length", f"a key has 1 to {self.KEY_LENGTH} characters, none a control character"
            )
        if type(item) is not str:
            return Coded("invalid_type", "must be a string")
        if len(item) > self.VALUE_LENGTH:
            return Coded("invalid_length", f"must have at most {self.VALUE_LENGTH} characters")
        return None


JsonObject = Mapping[str, Any]
