"""Wrong input to what is done about differences: each field of each call says what is wrong with it, and nothing is done."""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

import pytest

from tests.api.test_matrix import NO_ALERT
from tests.api.world import make_world, token_of

ONE = "/v1/reconciliation/alerts/{alert}"
MANY = "/v1/reconciliation/alerts"
WHEN = "2026-12-05T08:00:00Z"
# Each call with a body that is right, and which of its members are which kind of thing.
BODIES: dict[str, dict[str, Any]] = {
    f"{ONE}/assign": {"assignee": "usr_x"},
    f"{ONE}/snooze": {"until": WHEN, "reason": "later"},
    f"{ONE}/reopen": {"reason": "again"},
    f"{ONE}/notes": {"text": "asked"},
    f"{ONE}/due": {"due_on": "2026-12-05", "reason": "no hurry"},
    f"{ONE}/unlink": {"other": NO_ALERT, "reason": "it was another one", "dry_run": True},
    f"{ONE}/escalate": {"to": "finance", "note": "decide"},
    f"{ONE}/cause": {"cause": NO_ALERT, "note": "the same"},
    f"{ONE}/resolve": {
        "way": "post_correction", "note": "ten letters", "account": "psp_fees", "amount": 100, "claim": NO_ALERT,
        "to": [NO_ALERT], "until": WHEN, "dry_run": True,
    },
    f"{MANY}/assign": {"alerts": [NO_ALERT], "assignee": "usr_x"},
    f"{MANY}/snooze": {"alerts": [NO_ALERT], "until": WHEN, "reason": "later"},
    f"{MANY}/due": {"alerts": [NO_ALERT], "due_on": "2026-12-05", "reason": "no hurry"},
    f"{MANY}/resolve": {
        "alerts": [NO_ALERT], "way": "post_correction", "note": "ten letters", "account": "psp_fees", "until": WHEN,
    },
    "/v1/reconciliation/runs": {"psp": "stripe", "business_on": "2026-03-14"},
}  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, True, 1.5, 10**30, -(2**63), "", "\x00", "a\x00b", "x" * 100_000, [], [[]], [None], ["\x00"], {}, {"a": {}},
    "alr_", "9999-99-99", "2026-02-30T00:00:00Z", "\ud800",
)  # fmt: skip


SAID = ("reason", "note", "text")
FEW: tuple[Any, ...] = (None, 10**30, "a\x00b", [None], "alr_")


@pytest.fixture
def finance(caller: Any, stranger: Any, db: Any) -> Any:
    """Calls by finance, and an alert that it may work on."""
    world = make_world(caller, stranger)
    token = token_of(db, "finance", world)

    def ask(path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        return caller.client.post(path.format(alert=world.ids["own"]["alert_id"]), json=body, headers=headers)

    return ask


def test_each_wrong_field_is_named(finance: Any, db: Any) -> None:
    """Null, huge, with a NUL, another type, an id of nothing: 4xx that names the field, never a fault of ours."""
    rows = "SELECT (SELECT count(*) FROM alert_notes) + (SELECT count(*) FROM journal_entries) + (SELECT sum(version) FROM alerts)"
    before = db.value(rows)

    for path, right in BODIES.items():
        for field in right:
            for wrong in FEW if "FUZZ_EXAMPLES" not in os.environ else WRONG:
                if type(wrong) is type(right[field]) and (
                    (field in SAID and wrong.isprintable() and wrong) or wrong is True
                ):
                    continue  # it is right
                answer = finance(path, {**right, field: wrong})
                said = f"{path} {field}={wrong!r:.40}: {answer.status_code} {answer.text[:300]}"
                assert 400 <= answer.status_code < 500, said
                if answer.json["code"] == "invalid_parameter":
                    assert any(each["pointer"].startswith(f"/{field}") for each in answer.json["errors"]), (
                        said
                    )
    assert db.value(rows) == before


ASKED = "psp business_on code severity status assignee age currency minimum maximum run seller due_by cause sort limit after".split()


def test_each_wrong_filter_is_named(caller: Any, stranger: Any, db: Any) -> None:
    """Empty, with a NUL, a number beyond all, an id of nothing: an empty page or a 4xx that names it."""
    token = token_of(db, "finance", make_world(caller, stranger))
    for path in ("/v1/reconciliation/alerts", "/v1/reconciliation/runs", "/v1/settlements/files"):
        for name in ASKED:
            for wrong in ("\x00", "9" * 40, "alr_"):
                answer = caller.client.get(
                    path, query_string={name: wrong}, headers={"Authorization": f"Bearer {token}"}
                )
                said = f"{path} {name}={wrong!r:.40}: {answer.status_code} {answer.text[:300]}"
                assert answer.status_code < 500, said
                if answer.status_code != 200:
                    assert name in answer.text or answer.json["code"] in (
                        "invalid_cursor",
                        "card_data_not_accepted",
                    ), said


@pytest.mark.parametrize(
    "id", ["%00", "alr_%00", "x" * 300, "alr_" + "z" * 26, "run_01kaj9a3d5e7f9g1h3j5k7m9n1"]
)
def test_an_alert_that_is_none_is_not_found(finance: Any, id: str) -> None:
    """Whatever stands in the address."""
    for deed, body in (("due", {"reason": "no hurry"}), ("notes", {"text": "asked"})):
        answer = finance(f"/v1/reconciliation/alerts/{id}/{deed}", body)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
