"""A run of a report."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import object_ids

Json = dict[str, Any]
_PARAMETERS: Final = "columns connected_account currency interval_end interval_start payout reporting_category timezone".split()


def report_run(params: Json, *, now: int) -> Json:
    """One that has not been made yet: pending, without a result."""
    given = params["parameters"]
    return {
        "id": object_ids.report_run_id(),
        "object": "reporting.report_run",
        "created": now,
        "error": None,
        "livemode": False,
        "parameters": {name: given[name] for name in _PARAMETERS if name in given},
        "report_type": params["report_type"],
        "result": None,
        "status": "pending",
        "succeeded_at": None,
    }
