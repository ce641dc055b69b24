"""Profiles of exports: which account of ours is which number in the company's own books, and how its program reads
amounts. YAML files, one for each version, so that a file of last year can be made again as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

from checkout.core.currencies import CODES, exponent
from checkout.core.errors import NotFound
from checkout.core.money import Money
from checkout.core.strict_yaml import NoSuchYaml, flat, parse
from checkout.ledger.chart import CHART
from checkout.wording.money import decimal_text

BUILT_IN: Final = Path(__file__).parent / "profile_files"
FILES_MOST: Final = 200
LAYOUTS: Final = ("generic", "datev", "quickbooks")
_ACCOUNT: Final = re.compile(r"[0-9A-Za-z][^\x00-\x1f\";]{0,99}")
_DATEV_NUMBER: Final = re.compile(r"[1-9][0-9]{2,8}|0[0-9]{3,8}")
_DATEV_DECIMALS: Final = 2  # its amounts have no room for a third


class ProfileInvalid(Exception):
    """A profile that cannot be used; `key` names what is wrong in it, as `accounts.bank`."""

    def __init__(self, path: Path, key: str, detail: str) -> None:
        super().__init__(f"{path.name}: {key}: {detail}" if key else f"{path.name}: {detail}")
        self.key = key
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Datev:
    """What the header of such a file says of the company."""

    consultant: int
    client: int
    account_length: int
    year_begins_in: int


@dataclass(frozen=True, slots=True)
class Profile:
    """accounts: our kind of account, or kind.CURRENCY, to theirs. currencies: those that the file may hold, empty all.
    clearing: the account that stands against each leg of an entry with more than two."""

    name: str
    version: int
    title: str
    layout: str
    unit: str
    decimal: str
    delimiter: str
    encoding: str
    date_format: str
    accounts: Mapping[str, str]
    currencies: tuple[str, ...]
    clearing: str
    datev: Datev | None

    @property
    def full_name(self) -> str:
        return f"{self.name}@{self.version}"

    def account(self, kind: str, currency: str) -> str:
        """Theirs; where the profile names none, our own word for it."""
        return self.accounts.get(f"{kind}.{currency}") or self.accounts.get(kind) or kind

    def amount(self, minor: int, currency: str) -> str:
        """In the profile's unit, with the currency's own decimals: JPY none, KWD three."""
        if self.unit == "minor":
            return str(minor)
        return decimal_text(Money(minor, currency)).replace(".", self.decimal)

    def takes(self, currency: str) -> bool:
        return not self.currencies or currency in self.currencies


_own_folder: Path | None = None


def configure(folder: Path | None) -> None:
    """Says where this installation keeps profiles of its own."""
    global _own_folder
    _own_folder = folder


def load_profiles() -> list[Profile]:
    """Ours and the installation's, the newest version of each name first.

    Raises:
        ProfileInvalid: one of them cannot be used, or two are the same version.
    """
    found: dict[str, Profile] = {}
    for folder in (BUILT_IN, *([_own_folder] if _own_folder else [])):
        for path in sorted(path for path in folder.glob("*.y*ml") if path.is_file())[:FILES_MOST]:
            profile = read_profile(path)
            if profile.full_name in found:
                raise ProfileInvalid(path, "version", f"another file is {profile.full_name} as well")
            found[profile.full_name] = profile
    return sorted(found.values(), key=lambda each: (each.name, -each.version))


def find_profile(name: str) -> Profile:
    """By "generic", the newest version, or "generic@1".

    Raises:
        NotFound. ProfileInvalid.
    """
    for profile in load_profiles():
        if name in (profile.name, profile.full_name):
            return profile
    raise NotFound(f"there is no profile {name[:60]}")


def read_profile(path: Path) -> Profile:
    """
    Raises:
        ProfileInvalid: it is no such profile; the key that is wrong is named.
    """
    return _parsed(path, path.read_bytes())


@lru_cache(maxsize=2 * FILES_MOST)
def _parsed(path: Path, content: bytes) -> Profile:
    """Once for each content: a page asks for all profiles several times."""
    try:
        read = _ProfileSchema().load(parse(content))
    except NoSuchYaml as error:
        raise ProfileInvalid(path, "", str(error)) from None
    except ValidationError as error:
        key, detail = next(flat(dict(error.messages_dict)))
        raise ProfileInvalid(path, key, detail) from None
    datev = Datev(**read["datev"]) if read["datev"] else None
    given = {name: value for name, value in read.items() if name not in ("datev", "currencies")}
    profile = Profile(**given, currencies=tuple(read["currencies"]), datev=datev)
    for key, detail in _wrong(profile):
        raise ProfileInvalid(path, key, detail)
    return profile


class _Datev(Schema):
    class Meta:
        unknown = RAISE

    consultant = fields.Integer(required=True, strict=True, validate=Range(1001, 9999999))
    client = fields.Integer(required=True, strict=True, validate=Range(1, 99999))
    account_length = fields.Integer(load_default=4, strict=True, validate=Range(4, 8))
    year_begins_in = fields.Integer(load_default=1, strict=True, validate=Range(1, 12))


class _ProfileSchema(Schema):
    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=Regexp(r"[a-z0-9][a-z0-9-]{0,39}\Z"))
    version = fields.Integer(required=True, strict=True, validate=Range(1, 9999))
    title = fields.String(required=True, validate=Length(1, 80))
    layout = fields.String(required=True, validate=OneOf(LAYOUTS))
    unit = fields.String(load_default="major", validate=OneOf(("major", "minor")))
    decimal = fields.String(load_default=".", validate=OneOf((".", ",")))
    delimiter = fields.String(load_default=",", validate=OneOf((",", ";", "\t")))
    encoding = fields.String(load_default="utf-8", validate=OneOf(("utf-8", "windows-1252")))
    date_format = fields.String(load_default="%Y-%m-%d", validate=Length(2, 20))
    accounts = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    currencies = fields.List(fields.String(validate=OneOf(sorted(CODES))), load_default=list)
    clearing = fields.String(load_default="")
    datev = fields.Nested(_Datev, load_default=None)


def _wrong(profile: Profile) -> list[tuple[str, str]]:
    """What only the whole profile shows: the key and what is wrong with it."""
    found = []
    for key, account in profile.accounts.items():
        kind, _, currency = key.partition(".")
        if kind not in CHART or (currency and currency not in CODES):
            found.append((f"accounts.{key}", "is no account of ours, nor one with a currency behind it"))
        elif _ACCOUNT.fullmatch(account) is None:
            found.append(
                (f"accounts.{key}", "begins with a letter or a digit, without quotes and semicolons")
            )
    if profile.unit == "minor" and profile.layout != "generic":
        found.append(("unit", f"is major in the layout {profile.layout}"))
    if profile.layout != "generic":
        missing = [kind for kind in CHART if kind not in profile.accounts]
        found += [(f"accounts.{kind}", "is needed: every account has one of theirs") for kind in missing]
    if profile.layout == "datev":
        found += _wrong_for_datev(profile)
    elif profile.datev:
        found.append(("datev", "belongs to the layout datev"))
    return found


def _wrong_for_datev(profile: Profile) -> list[tuple[str, str]]:
    if profile.datev is None:
        return [("datev", "is needed: consultant and client")]
    numbers = {"clearing": profile.clearing} | {f"accounts.{key}": n for key, n in profile.accounts.items()}
    found = [
        (key, "is a number of an account, of three to nine digits")
        for key, number in numbers.items()
        if _DATEV_NUMBER.fullmatch(number) is None
    ]
    if len(profile.currencies) != 1:
        found.append(("currencies", "is one: such a file has one currency"))
    found += [
        ("currencies", f"{code} has {exponent(code)} decimals, its amounts have two")
        for code in profile.currencies
        if exponent(code) > _DATEV_DECIMALS
    ]
    return found
