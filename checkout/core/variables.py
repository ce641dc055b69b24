"""Environment variables, read as what each should be. The variables are handed in: config.py alone reads them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

KEY_BYTES: Final = 32  # of a key-encryption key: AES-256


class ConfigError(Exception):
    """A setting that cannot be used; one line that says which and what to do."""


def decode_keys(texts: Sequence[str], *, where: str) -> tuple[bytes, ...]:
    """Base64, in either alphabet, of 32 bytes each. A key is never repeated in the refusal."""
    keys = []
    for number, text in enumerate(texts, start=1):
        try:
            key = base64.b64decode(
                text.strip().rstrip("=") + "==", altchars=b"-_" if set(text) & {"-", "_"} else None
            )
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise ConfigError(f"{where}: key {number} is not {KEY_BYTES} bytes in base64.")
        keys.append(key)
    return tuple(keys)


def read_key_file(path: Path) -> tuple[bytes, ...]:
    """One key a line; the file must be closed to everybody but its owner and group."""
    try:
        if path.stat().st_mode & 0o007:
            raise ConfigError(f"{path} is open to every user of this machine: chmod 600 it.")
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {type(error).__name__}.") from None
    keys = decode_keys([line for line in lines if line.strip() and line[0] != "#"], where=str(path))
    if not keys:
        raise ConfigError(f"{path} holds no key.")
    return keys


def read_env_file(path: Path) -> dict[str, str]:
    """What a `.env` file says: NAME=value lines, comments, nothing else. Empty where there is no file."""
    if not path.is_file():
        return {}
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator:
            raise ConfigError(f"{path} line {number} is not NAME=value.")
        found[name.strip()] = value.strip().strip("'\"")
    return found


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

    def some_of(self, name: str, options: tuple[str, ...]) -> tuple[str, ...]:
        """Words of the options; none where nothing is set."""
        for word in self.words(name):
            if word not in options:
                raise ConfigError(f"{name}: {word!r} is none of {', '.join(options)}.")
        return self.words(name)

    def keys(self, name: str) -> tuple[bytes, ...]:
        return decode_keys(self.words(name), where=name)

    def hosts(self, name: str) -> tuple[str, ...]:
        """Names as a Host header has them, with a port or without; no scheme, no path, no wildcard."""
        for word in self.words(name):
            if any(sign in word for sign in "/@*?#") or not word.isascii():
                raise ConfigError(f"{name}: {word!r} is no host; write shop.example or shop.example:8443.")
        return self.words(name)

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
