"""A column mapping: a YAML file that says which column of a CSV is which field, and how it writes amounts and dates.

Every version is a file of its own in one folder, so that a file of last year can be read as it was then; the newest
that knows a file's columns reads it. docs/reconciliation.md shows one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final, get_args

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

from checkout.core.strict_yaml import FILE_BYTES_MOST, NoSuchYaml, flat, parse
from checkout.reconciliation.formats.line import LineKind
from checkout.reconciliation.formats.moments import BadMoment, zone
from checkout.reconciliation.formats.records import BOM

FILES_MOST: Final = 200
ENCODINGS: Final = ("utf-8", "latin-1", "windows-1252")  # line ends are one byte in each of them
FIELDS: Final = (
    "number", "date", "currency", "amount", "credit", "debit", "side", "fee", "type", "source_id", "reference",
    "account", "batch",
)  # fmt: skip
NEEDED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "signed": ("amount",),
    "inverted": ("amount",),
    "columns": ("credit", "debit"),
    "side": ("amount", "side"),
}


class MappingInvalid(Exception):
    """A mapping that cannot be used; `key` names what is wrong in it, as `amounts.unit`."""

    def __init__(self, path: Path, key: str, detail: str) -> None:
        super().__init__(f"{path.name}: {key}: {detail}" if key else f"{path.name}: {detail}")
        self.key = key
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A mapping that was checked. columns and constants: field to column, field to value."""

    name: str
    version: int
    psp: str
    encoding: str
    delimiter: str
    skip_rows: int
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    unit: str
    sign: str
    decimal: str
    thousands: str
    credit_words: frozenset[str]
    debit_words: frozenset[str]
    date_format: str
    zone: tzinfo
    kinds: Mapping[str, LineKind]
    other_kind: LineKind

    @property
    def format(self) -> str:
        return f"{self.name}@{self.version}"

    def recognises(self, head: bytes) -> bool:
        """Whether the header row of a file that begins so names every column."""
        lines = head.removeprefix(BOM).decode(self.encoding, "replace").split("\n")
        try:
            rows = list(csv.reader(lines[: self.skip_rows + 1], delimiter=self.delimiter))
        except csv.Error:
            return False
        return len(rows) > self.skip_rows and set(self.columns.values()) <= {
            n.strip() for n in rows[self.skip_rows]
        }


def load_mappings(folder: Path) -> list[ColumnMapping]:
    """All of the folder, the newest version of each name first.

    Raises:
        MappingInvalid: one of them cannot be used, or two are the same version.
    """
    paths = sorted(path for path in folder.glob("*.y*ml") if path.is_file())[:FILES_MOST]
    found: dict[str, ColumnMapping] = {}
    for path in paths:
        mapping = read_mapping(path)
        if mapping.format in found:
            raise MappingInvalid(path, "version", f"another file is {mapping.format} as well")
        found[mapping.format] = mapping
    return sorted(found.values(), key=lambda mapping: (mapping.name, -mapping.version))


def read_mapping(path: Path) -> ColumnMapping:
    """
    Raises:
        MappingInvalid: it is no such mapping; the key that is wrong is named.
    """
    document = _parse(path)
    try:
        read = _MappingSchema().load(document)
    except ValidationError as error:
        key, detail = next(flat(error.messages_dict))
        raise MappingInvalid(path, key, detail) from None
    amounts, dates = read["amounts"], read["dates"]
    _check_columns(path, read)
    try:
        local = zone(dates["zone"])
    except BadMoment as error:
        raise MappingInvalid(path, "dates.zone", str(error)) from None
    return ColumnMapping(
        name=read["name"],
        version=read["version"],
        psp=read["psp"],
        encoding=read["encoding"],
        delimiter=read["delimiter"],
        skip_rows=read["skip_rows"],
        columns=read["columns"],
        constants=read["constants"],
        unit=amounts["unit"],
        sign=amounts["sign"],
        decimal=amounts["decimal"],
        thousands=amounts["thousands"],
        credit_words=frozenset(amounts["credit_words"]),
        debit_words=frozenset(amounts["debit_words"]),
        date_format=dates["format"],
        zone=local,
        kinds=read["kinds"],
        other_kind=read["other_kind"],
    )


class _Amounts(Schema):
    class Meta:
        unknown = RAISE

    unit = fields.String(load_default="major", validate=OneOf(("major", "minor")))
    sign = fields.String(load_default="signed", validate=OneOf(tuple(NEEDED_BY)))
    decimal = fields.String(load_default=".", validate=OneOf((".", ",")))
    thousands = fields.String(load_default="", validate=OneOf(("", ".", ",", " ", "'")))
    credit_words = fields.List(fields.String(), load_default=lambda: ["CR"])
    debit_words = fields.List(fields.String(), load_default=lambda: ["DR"])


class _Dates(Schema):
    class Meta:
        unknown = RAISE

    format = fields.String(load_default="%Y-%m-%d", validate=Length(2, 60))
    zone = fields.String(load_default="UTC")


class _MappingSchema(Schema):
    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=Regexp(r"[a-z0-9][a-z0-9-]{0,39}\Z"))
    version = fields.Integer(required=True, strict=True, validate=Range(1, 9999))
    psp = fields.String(load_default="bank", validate=OneOf(("bank", "stripe", "adyen", "paypal")))
    encoding = fields.String(load_default="utf-8", validate=OneOf(ENCODINGS))
    delimiter = fields.String(load_default=",", validate=OneOf((",", ";", "\t", "|")))
    skip_rows = fields.Integer(load_default=0, strict=True, validate=Range(0, 50))
    columns = fields.Dict(
        keys=fields.String(validate=OneOf(FIELDS)),
        values=fields.String(validate=Length(1, 200)),
        required=True,
    )
    constants = fields.Dict(
        keys=fields.String(validate=OneOf(("currency", "type", "account"))),
        values=fields.String(validate=Length(1, 200)),
        load_default=dict,
    )
    amounts = fields.Nested(_Amounts, load_default=lambda: _Amounts().load({}))
    dates = fields.Nested(_Dates, load_default=lambda: _Dates().load({}))
    kinds = fields.Dict(
        keys=fields.String(), values=fields.String(validate=OneOf(get_args(LineKind))), load_default=dict
    )
    other_kind = fields.String(load_default="unknown", validate=OneOf(get_args(LineKind)))


def _check_columns(path: Path, read: Mapping[str, Any]) -> None:
    columns, constants, amounts = read["columns"], read["constants"], read["amounts"]
    sign: str = amounts["sign"]
    for name in ("number", "date", *NEEDED_BY[sign]):
        if name not in columns:
            raise MappingInvalid(path, f"columns.{name}", f"is needed where amounts.sign is {sign}")
    if ("currency" in columns) == ("currency" in constants):
        raise MappingInvalid(path, "columns.currency", "either a column or constants.currency says it")
    if amounts["decimal"] == amounts["thousands"]:
        raise MappingInvalid(path, "amounts.thousands", "is the decimal sign as well")
    if len(set(columns.values())) != len(columns):
        raise MappingInvalid(path, "columns", "two fields are the same column")


def _parse(path: Path) -> Any:
    try:
        with path.open("rb") as stream:
            return parse(stream.read(FILE_BYTES_MOST + 1))
    except NoSuchYaml as error:
        raise MappingInvalid(path, "", str(error)) from None
