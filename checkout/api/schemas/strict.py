"""The base of every schema and field of the API: exact types, bounds everywhere, nothing unknown, nothing converted.

marshmallow's own fields turn 10.9 into 10 and take 10**30; these do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, cast
from uuid import UUID

from marshmallow import Schema, fields, missing

from checkout.api.body import escape_pointer
from checkout.core.currencies import CODES
from checkout.core.errors import FieldError
from checkout.core.text import did_you_mean

NAME_SHOWN = 60  # characters of a client's own name that are given back

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
UUID_SHAPE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
EMAIL_SHAPE = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)


class Wrong(Exception):
    """A value that breaks a rule: a stable code and a sentence, the value itself in neither."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class StrictSchema(Schema):
    """An object whose members are all known. Declared in marshmallow's way, for the document; read in one plain loop,
    since each request is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._plan = [
            (field.data_key or name, field.attribute or name, cast(StrictField, field))
            for name, field in self.fields.items()
        ]
        self._known = frozenset(key for key, _, _ in self._plan)

    def read(self, data: Any, pointer: str, mistakes: list[FieldError]) -> dict[str, Any]:
        """The members as Python knows them. What breaks a rule is added to `mistakes`."""
        if type(data) is not dict:
            mistakes.append(FieldError(pointer, "invalid_type", "must be an object"))
            return {}
        result: dict[str, Any] = {}
        for key, attribute, field in self._plan:
            if key not in data:
                if field.required:
                    mistakes.append(FieldError(f"{pointer}/{key}", "required", "is required"))
                elif field.load_default is not missing:
                    result[attribute] = field.load_default
            elif (value := data[key]) is not None:
                result[attribute] = field.read(value, f"{pointer}/{key}", mistakes)
            elif field.allow_none:
                result[attribute] = None
            else:
                mistakes.append(FieldError(f"{pointer}/{key}", "null", "must not be null"))
        if not data.keys() <= self._known:
            mistakes.extend(self._unknown(data, pointer))
        return result

    def _unknown(self, data: dict[str, Any], pointer: str) -> Iterator[FieldError]:
        for name in (name for name in data if name not in self._known):
            near = did_you_mean(name[:NAME_SHOWN], self._known)
            hint = f"; did you mean {near}?" if near else ""
            place = f"{pointer}/{escape_pointer(name[:NAME_SHOWN])}"
            yield FieldError(place, "unknown_field", f"is not a known field{hint}")


class StrictField(fields.Field):  # type: ignore[type-arg]
    """A member of a StrictSchema."""

    def read(self, value: Any, pointer: str, mistakes: list[FieldError]) -> Any:
        try:
            return self.take(value)
        except Wrong as wrong:
            mistakes.append(FieldError(pointer, wrong.code, wrong.detail))
            return None

    def take(self, value: Any) -> Any:
        """The value as Python knows it.

        Raises:
            Wrong: it breaks a rule.
        """
        raise NotImplementedError


class Integer(StrictField, fields.Integer):
    """A JSON integer within bounds: no 10.0, no "10", no true."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        options["metadata"] = {"minimum": least, "maximum": most, **options.get("metadata", {})}
        super().__init__(**options)
        self.least, self.most = least, most

    def take(self, value: Any) -> int:
        if type(value) is not int:
            raise Wrong("invalid_type", "must be a JSON integer")
        if not self.least <= value <= self.most:
            raise Wrong("out_of_range", f"must be between {self.least} and {self.most}")
        return value


class Text(StrictField, fields.String):
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

    def take(self, value: Any) -> Any:
        if type(value) is not str:
            raise Wrong("invalid_type", "must be a string")
        if not self.least <= len(value) <= self.most:
            raise Wrong("invalid_length", f"must have {self.least} to {self.most} characters")
        if CONTROL.search(value):
            raise Wrong("invalid_characters", "must be one line without control characters")
        if value and value.isspace():
            raise Wrong("blank", "must not be blank")
        if self.shape is not None and not self.shape.fullmatch(value):
            raise Wrong("invalid_format", self.what)
        return self._convert(value)

    def _convert(self, value: str) -> Any:
        return value


class Flag(StrictField, fields.Boolean):
    """true or false, and nothing that looks like it."""

    def take(self, value: Any) -> bool:
        if type(value) is not bool:
            raise Wrong("invalid_type", "must be true or false")
        return value


class Choice(Text):
    """One word of a closed list."""

    def __init__(self, options: Iterable[str], **kwargs: Any) -> None:
        self.options = tuple(options)
        kwargs["metadata"] = {"enum": list(self.options), **kwargs.get("metadata", {})}
        super().__init__(100, **kwargs)

    def _convert(self, value: str) -> str:
        if value not in self.options:
            raise Wrong("not_an_option", f"must be one of: {', '.join(self.options)}")
        return value


class Currency(Text):
    """An ISO 4217 code that we know."""

    def __init__(self, **options: Any) -> None:
        options["metadata"] = {"pattern": "^[A-Z]{3}$", "example": "EUR", **options.get("metadata", {})}
        super().__init__(3, least=3, **options)

    def _convert(self, value: str) -> str:
        if value not in CODES:
            raise Wrong("unknown_currency", "must be an upper-case ISO 4217 code")
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
            raise Wrong("invalid_format", "must be a day that exists, YYYY-MM-DD") from None


class Object(StrictField, fields.Nested):
    """An object inside."""

    _read_schema: Callable[[Any, str, list[FieldError]], dict[str, Any]] | None = None

    def read(self, value: Any, pointer: str, mistakes: list[FieldError]) -> dict[str, Any]:
        if self._read_schema is None:  # marshmallow looks for it anew each time
            self._read_schema = cast(StrictSchema, self.schema).read
        return self._read_schema(value, pointer, mistakes)


class Several(StrictField, fields.List):  # type: ignore[type-arg]
    """A bounded list."""

    def __init__(self, item: fields.Field[Any], *, least: int, most: int, **options: Any) -> None:
        options["metadata"] = {"minItems": least, "maxItems": most, **options.get("metadata", {})}
        super().__init__(item, **options)
        self.least, self.most = least, most

    def read(self, value: Any, pointer: str, mistakes: list[FieldError]) -> list[Any]:
        if type(value) is not list:
            mistakes.append(FieldError(pointer, "invalid_type", "must be a list"))
            return []
        if not self.least <= len(value) <= self.most:
            mistakes.append(
                FieldError(pointer, "invalid_length", f"must have {self.least} to {self.most} items")
            )
            return []
        item: Any = self.inner
        return [item.read(each, f"{pointer}/{index}", mistakes) for index, each in enumerate(value)]


class Metadata(StrictField, fields.Dict):
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

    def read(self, value: Any, pointer: str, mistakes: list[FieldError]) -> dict[str, str]:
        if type(value) is not dict:
            mistakes.append(FieldError(pointer, "invalid_type", "must be an object of strings"))
        elif len(value) > self.MOST:
            mistakes.append(FieldError(pointer, "invalid_length", f"must have at most {self.MOST} keys"))
        else:
            for key, item in value.items():
                if (wrong := self._mistake(key, item)) is not None:
                    place = f"{pointer}/{escape_pointer(key[:NAME_SHOWN])}"
                    mistakes.append(FieldError(place, wrong.code, wrong.detail))
        return value  # type: ignore[no-any-return]

    def _mistake(self, key: str, item: Any) -> Wrong | None:
        if not 1 <= len(key) <= self.KEY_LENGTH or CONTROL.search(key):
            return Wrong(
                "invalid_length", f"a key has 1 to {self.KEY_LENGTH} characters, none a control character"
            )
        if type(item) is not str:
            return Wrong("invalid_type", "must be a string")
        if len(item) > self.VALUE_LENGTH:
            return Wrong("invalid_length", f"must have at most {self.VALUE_LENGTH} characters")
        return None
