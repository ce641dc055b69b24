"""Report types, and runs of them: asked for, made a moment later, listed. Stripe makes reports of activity up to a moment ago, no further."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import available_timezones

from checkout.mockpsp import lists, shapes
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.errors import InvalidRequest, NoSuchObject
from checkout.mockpsp.params import EXPAND, Many, Record, Text, Whole
from checkout.mockpsp.report_columns import COLUMNS, is_column
from checkout.mockpsp.report_files import KIND

Json = dict[str, Any]
TYPES: Final = "/v1/reporting/report_types"
ROOT: Final = "/v1/reporting/report_runs"
MADE_AFTER_SECONDS: Final = 2


def create(call: Call) -> Json:
    report_type, given = call.params["report_type"], call.params["parameters"]
    for name in ("interval_start", "interval_end"):
        if name not in given:
            full = f"parameters[{name}]"
            raise InvalidRequest(f"Missing required param: {full}.", code="parameter_missing", param=full)
    if not given["interval_start"] < given["interval_end"] <= call.work.now:
        raise InvalidRequest(
            "The interval must end after it starts, and not after the data that is available "
            f"({call.work.now}).",
            param="parameters[interval_end]",
        )
    for name in given.get("columns", []):
        if not is_column(report_type, name):
            raise InvalidRequest(f"Invalid column for {report_type}: {name}", param="parameters[columns]")
    if given.get("timezone", "Etc/UTC") not in available_timezones():
        raise InvalidRequest("Invalid timezone.", param="parameters[timezone]")
    made = shapes.report_run(call.params, now=call.work.now)
    call.work.tx.insert(made, private={"ready_at": call.work.now + MADE_AFTER_SECONDS})
    return made


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["run"], "report_run")


def list_runs(call: Call) -> Json:
    return lists.page(call, KIND, ROOT, filters=())


def list_types(call: Call) -> Json:
    return lists.of([shapes.report_type(name, now=call.work.now) for name in COLUMNS], TYPES)


def retrieve_type(call: Call) -> Json:
    name = call.ids["type"]
    if name not in COLUMNS:
        raise NoSuchObject("report_type", name, "report_type")
    return shapes.report_type(name, now=call.work.now)


_PARAMETERS: Final = Record(
    {
        "columns": Many(Text(200)),
        "currency": Text(3),
        "interval_end": Whole(0),
        "interval_start": Whole(0),
        "reporting_category": Text(60),
        "timezone": Text(60),
    }
)
_CREATE: Final = Record(
    {"expand": EXPAND, "parameters": _PARAMETERS, "report_type": Text(choices=tuple(COLUMNS))},
    required=("report_type", "parameters"),
)
ENDPOINTS: Final = (
    Endpoint("GET", TYPES, Record({"expand": EXPAND}), list_types),
    Endpoint("GET", f"{TYPES}/<type>", Record({"expand": EXPAND}), retrieve_type),
    Endpoint("POST", ROOT, _CREATE, create),
    Endpoint("GET", ROOT, lists.accepts(), list_runs),
    Endpoint("GET", f"{ROOT}/<run>", Record({"expand": EXPAND}), retrieve),
)
