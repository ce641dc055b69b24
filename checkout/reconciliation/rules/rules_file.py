"""Rules as finance writes them: one YAML file, read strictly. What is wrong is named with its key, as `tariffs.2.bps`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

from checkout.alerts import Severity
from checkout.core.currencies import CODES
from checkout.core.strict_yaml import FILE_BYTES_MOST, NoSuchYaml, flat, parse
from checkout.core.variables import ConfigError
from checkout.reconciliation.rules.rule_set import (
    ANY,
    Ageing,
    Loudness,
    Matching,
    MatchingRule,
    Rounding,
    Rules,
    Settlement,
    Tariff,
    Tolerances,
)

PSPS: Final = ("stripe", "adyen", "paypal")
FILES_MOST: Final = 7  # a movement whose row is later than a week is no cut-off
MINOR_MOST: Final = 10_000_000
RATE: Final = r"(?!0+(\.0+)?\Z)[0-9]{1,9}(\.[0-9]{1,9})?\Z"


class RulesInvalid(ConfigError):
    """Rules that cannot be used: nothing starts with them. pointer: the key that is wrong, as `tolerances.rounding.row_minor`; "" the whole file."""

    def __init__(self, path: Path, pointer: str, detail: str) -> None:
        super().__init__(f"{path.name}: {pointer}: {detail}" if pointer else f"{path.name}: {detail}")
        self.pointer = pointer
        self.detail = detail


def load(path: Path) -> Rules:
    """
    Raises:
        RulesInvalid: it cannot be read, or is no such file; the key that is wrong is named.
    """
    try:
        with path.open("rb") as stream:
            document = parse(stream.read(FILE_BYTES_MOST + 1))
        if not isinstance(document, Mapping):
            raise NoSuchYaml("is no mapping of keys to values")
        read = _RulesSchema().load(document)
    except (OSError, NoSuchYaml) as error:
        raise RulesInvalid(path, "", getattr(error, "strerror", None) or str(error)) from None
    except ValidationError as error:
        raise RulesInvalid(path, *next(flat(error.messages_dict))) from None
    _check(path, read)
    return _rules(read)


class _Strict(Schema):
    class Meta:
        unknown = RAISE


def _whole(least: int, most: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=Range(least, most), **more)


def _words(*choices: str, **more: Any) -> fields.List[str]:
    validate = OneOf(choices) if choices else Length(1, 60)
    return fields.List(fields.String(validate=validate), validate=Length(min=1), **more)


class _Matching(_Strict):
    rules = _words(*get_args(MatchingRule), required=True)
    look_back_files = _whole(0, FILES_MOST, required=True)
    look_forward_files = _whole(0, FILES_MOST, required=True)


class _Rounding(_Strict):
    row_minor = _whole(0, 1, required=True)
    batch_minor = _whole(0, 10_000, required=True)


class _FeeTolerance(_Strict):
    minor = _whole(0, MINOR_MOST, required=True)
    bps = _whole(0, 10_000, required=True)


class _Tolerances(_Strict):
    rounding = fields.Nested(_Rounding, required=True)
    fees = fields.Nested(_FeeTolerance, required=True)


class _Ageing(_Strict):
    missing_at_psp_days = _whole(1, 60, required=True)
    suspense_days = _whole(1, 60, required=True)
    processing_days = fields.Dict(keys=fields.String(), values=_whole(1, 60), required=True)


class _Step(_Strict):
    start = _whole(0, 10**12, required=True, data_key="from")
    percent = _whole(1, 10_000, required=True)


class _Severity(_Strict):
    kinds = fields.Dict(
        keys=fields.String(validate=OneOf(get_args(Severity))), values=_words(), required=True
    )
    amounts = fields.List(fields.Nested(_Step), required=True)
    worth = fields.Dict(
        keys=fields.String(validate=OneOf(sorted(CODES), error="is no currency of ISO 4217")),
        values=_whole(1, 10**6),
        load_default=dict,
    )
    ages = fields.List(fields.Nested(_Step), required=True)
    due_days = fields.Dict(
        keys=fields.String(validate=OneOf(get_args(Severity))), values=_whole(0, 365), required=True
    )


class _Tariff(_Strict):
    psp = fields.String(required=True, validate=OneOf(PSPS))
    methods = _words(load_default=lambda: [ANY])
    currencies = _words(*sorted(CODES), ANY, load_default=lambda: [ANY])
    bps = _whole(0, 10_000, required=True)
    fixed_minor = _whole(0, MINOR_MOST, load_default=0)
    least_minor = _whole(0, MINOR_MOST, load_default=0)
    most_minor = _whole(0, MINOR_MOST, load_default=None)
    step_minor = _whole(1, 1_000, load_default=1)
    rounding = fields.String(load_default="half_up", validate=OneOf(get_args(Rounding)))


class _Settlement(_Strict):
    psp = fields.String(required=True, validate=OneOf(PSPS))
    presented = fields.String(
        required=True, validate=OneOf(sorted(CODES), error="is no currency of ISO 4217")
    )
    settled = fields.String(required=True, validate=OneOf(sorted(CODES), error="is no currency of ISO 4217"))
    rate = fields.String(
        load_default=None, validate=Regexp(RATE, error='is written as text above zero: "0.9235"')
    )
    tolerance_bps = _whole(0, 10_000, load_default=0)


class _RulesSchema(_Strict):
    name = fields.String(required=True, validate=Regexp(r"[a-z0-9][a-z0-9-]{0,39}\Z"))
    version = _whole(1, 9_999, required=True)
    matching = fields.Nested(_Matching, required=True)
    tolerances = fields.Nested(_Tolerances, required=True)
    ageing = fields.Nested(_Ageing, required=True)
    severity = fields.Nested(_Severity, required=True)
    tariffs = fields.List(fields.Nested(_Tariff), load_default=list)
    settlements = fields.List(fields.Nested(_Settlement), load_default=list)
    bank_account = fields.String(load_default="main", validate=Length(1, 60))


def _check(path: Path, read: Mapping[str, Any]) -> None:
    """What one key says of another."""
    rules, severity = read["matching"]["rules"], read["severity"]
    if rules[0] != "number" or len(set(rules)) != len(rules):
        raise RulesInvalid(path, "matching.rules", "begins with number and names each rule once")
    if ANY not in read["ageing"]["processing_days"]:
        raise RulesInvalid(path, "ageing.processing_days", 'says "*" for methods that it does not name')
    for name in ("amounts", "ages"):
        starts = [step["start"] for step in severity[name]]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)):
            raise RulesInvalid(path, f"severity.{name}", "begins from 0 and rises")
    codes = [code for named in severity["kinds"].values() for code in named]
    if twice := [code for code in codes if codes.count(code) > 1]:
        raise RulesInvalid(path, "severity.kinds", f"names {twice[0]} twice")
    if lacking := sorted(set(get_args(Severity)) - set(severity["due_days"])):
        raise RulesInvalid(path, "severity.due_days", f"does not name {lacking[0]}")
    _check_money(path, read["tariffs"], read["settlements"])


def _check_money(
    path: Path, tariffs: Sequence[Mapping[str, Any]], settlements: Sequence[Mapping[str, Any]]
) -> None:
    for n, tariff in enumerate(tariffs):
        if tariff["most_minor"] is not None and tariff["most_minor"] < tariff["least_minor"]:
            raise RulesInvalid(path, f"tariffs.{n}.most_minor", "is less than least_minor")
    seen: set[tuple[str, str]] = set()
    for n, settlement in enumerate(settlements):
        key = (settlement["psp"], settlement["presented"])
        if settlement["presented"] == settlement["settled"]:
            raise RulesInvalid(
                path, f"settlements.{n}.settled", "is the presented currency: nothing to declare"
            )
        if key in seen:
            raise RulesInvalid(path, f"settlements.{n}.presented", "is declared before, for the same PSP")
        seen.add(key)


def _rules(read: Mapping[str, Any]) -> Rules:
    matching, tolerances, severity = read["matching"], read["tolerances"], read["severity"]
    return Rules(
        name=read["name"],
        version=read["version"],
        matching=Matching(
            tuple(matching["rules"]), matching["look_back_files"], matching["look_forward_files"]
        ),
        tolerances=Tolerances(
            rounding_row_minor=tolerances["rounding"]["row_minor"],
            rounding_batch_minor=tolerances["rounding"]["batch_minor"],
            fee_minor=tolerances["fees"]["minor"],
            fee_bps=tolerances["fees"]["bps"],
        ),
        ageing=Ageing(**read["ageing"]),
        loudness=Loudness(
            kinds={code: name for name, codes in severity["kinds"].items() for code in codes},
            amounts=_steps(severity["amounts"]),
            worth=severity["worth"],
            ages=_steps(severity["ages"]),
            due_days=severity["due_days"],
        ),
        tariffs=tuple(_tariff(tariff) for tariff in read["tariffs"]),
        settlements=tuple(_settlement(one) for one in read["settlements"]),
        bank_account=read["bank_account"],
    )


def _steps(read: Sequence[Mapping[str, int]]) -> tuple[tuple[int, int], ...]:
    return tuple((step["start"], step["percent"]) for step in read)


def _tariff(read: Mapping[str, Any]) -> Tariff:
    sets = {"methods": frozenset(read["methods"]), "currencies": frozenset(read["currencies"])}
    return Tariff(**{**read, **sets})


def _settlement(read: Mapping[str, Any]) -> Settlement:
    return Settlement(**{**read, "rate": Decimal(read["rate"]) if read["rate"] is not None else None})
