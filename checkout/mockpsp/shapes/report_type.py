"""A kind of report that runs can be made of."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp.report_columns import ACTIVITY, COLUMNS, METADATA, PAYOUTS

Json = dict[str, Any]
NAMES: Final = {ACTIVITY: "Itemized balance change from activity", PAYOUTS: "Itemized payout reconciliation"}
AVAILABLE_FROM: Final = 1_577_836_800  # 2020-01-01: before every movement of a mock


def report_type(id: str, *, now: int) -> Json:
    """Its data goes up to this moment; columns of metadata are there for whoever names them."""
    return {
        "id": id,
        "object": "reporting.report_type",
        "data_available_end": now,
        "data_available_start": AVAILABLE_FROM,
        "default_columns": [name for name in COLUMNS[id] if not METADATA.fullmatch(name)],
        "livemode": False,
        "name": NAMES[id],
        "updated": now,
        "version": int(id.rpartition(".")[2]),
    }
