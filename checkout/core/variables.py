"""Environment variables, read as what each should be. The variables are handed in: config.py alone reads them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class ConfigError(Exception):
    """A setting that cannot be used; one line that says which and what to do."""


class Variables:
    """The environment, read as what each variable should be. An empty one counts as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name, str(default))
        try:
            number = int(text)
        except ValueError:
            raise ConfigError(f"{name} is not a whole number: {text!r}.") from None
        if not least <= number <= most:
            raise ConfigError(f"{name} must be between {least} and {most}, not {number}.")
        return number

    def choice(self, name: str, default: str, options: tuple[str, ...]) -> str:
        text = self.text(name, default)
        if text not in options:
            raise ConfigError(f"{name} must be {' or '.join(options)}, not {text!r}.")
        return text

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word for word in self.text(name, "").replace(",", " ").split() if word)

    def flag(self, name: str) -> bool:
        return self.text(name, "").lower() not in ("", "0", "false", "no", "off")

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        """The value is never repeated in the refusal: it may hold a password."""
        text = self.text(name, default)
        if text and urlsplit(text).scheme not in schemes:
            raise ConfigError(f"{name} must begin with {' or '.join(f'{scheme}:' for scheme in schemes)}.")
        return text

    def timezone(self, name: str, default: str) -> str:
        text = self.text(name, default)
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigError(f"{name} is not a time zone: {text!r}.") from None
        return text
