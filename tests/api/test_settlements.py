"""Settlement over the API: a file handed in, its day compared, a difference explained; as scripts and finance do it."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest

from checkout.core.ids import decode
from tests.api.world import SETTLEMENT_FILE, World, key_of, token_of

DAY = "2026-03-14"


@pytest.fixture
def finance(caller, db):
    world = World(storefront=caller.shop.storefront.id, seller=decode("sel", caller.shop.sellers[0]), ids={})
    return token_of(db, "finance", world), key_of(
        world, "storefront", {"reconciliation:read", "reconciliation:write"}
    )


def hand_in(caller, credential, content, *, name="day.csv", **fields):
    data = {"psp": "stripe", "business_on": DAY, **fields, "file": (BytesIO(content.encode()), name)}
    headers = {"Authorization": f"Bearer {credential}"}
    return caller.client.post("/v1/settlements/files", data=data, headers=headers)


def ask(caller, credential, method, path, body=None):
    headers = {"Authorization": f"Bearer {credential}", "Idempotency-Key": str(uuid4())}
    return caller.client.open(path, method=method, json=body, headers=headers)


@pytest.mark.parametrize("which", [0, 1], ids=["a person of finance", "a program's key"])
def test_a_file_is_handed_in_once_and_its_day_compared(caller, finance, which):
    """201, the same bytes 200 with the same id, other bytes of the batch 409; one difference of 3.00 nobody knows."""
    credential = finance[which]
    first, again = (hand_in(caller, credential, SETTLEMENT_FILE) for _ in range(2))
    other = hand_in(caller, credential, SETTLEMENT_FILE.replace("3.00,0.00,3.00", "4.00,0.00,4.00"))

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.get_json()["id"] == again.get_json()["id"] == other.get_json()["file"]
    assert other.get_json()["code"] == "settlement_batch_conflict"

    body = {"psp": "stripe", "business_on": DAY}
    runs = [ask(caller, credential, "POST", "/v1/reconciliation/runs", body).get_json() for _ in range(2)]
    same = [{k: v for k, v in run.items() if not k.endswith("_at")} for run in runs]
    assert same[0] == same[1]
    assert (runs[0]["rows"], runs[0]["matched"], runs[0]["finished_at"] is not None) == (1, 0, True)
    (alert,) = ask(caller, credential, "GET", "/v1/reconciliation/alerts").get_json()["data"]
    assert (alert["code"], alert["difference"], alert["currency"], alert["psp_source"]) == (
        "unknown_reference", -300, "EUR", "ch_nobodys",
    )  # fmt: skip


def test_a_difference_is_explained_with_its_entry_shown_first(caller, finance):
    """The dry run posts nothing; then a second person is asked for the write-off, and a program may not resolve at all."""
    person, program = finance
    hand_in(caller, person, SETTLEMENT_FILE)
    ask(caller, person, "POST", "/v1/reconciliation/runs", {"psp": "stripe", "business_on": DAY})
    (alert,) = ask(caller, person, "GET", "/v1/reconciliation/alerts").get_json()["data"]
    path, way = (
        f"/v1/reconciliation/alerts/{alert['id']}/resolve",
        {"way": "write_off", "note": "nobody knows it"},
    )

    looked = ask(caller, person, "POST", path, {**way, "dry_run": True}).get_json()
    refused = ask(caller, program, "POST", path, way)
    asked = ask(caller, person, "POST", path, way).get_json()

    assert [leg["amount"] for entry in looked["entries"] for leg in entry["postings"]] == [-300, 300]
    assert (looked["approval"], asked["approval"][:4]) == (None, "apr_")
    assert (refused.status_code, asked["alert"]["status"]) == (
        403,
        "open" if alert["status"] == "open" else alert["status"],
    )


@pytest.mark.parametrize(
    ("content", "fields", "pointer", "code"),
    [
        ("a,b\n1,2\n", {}, "/file/lines/1", "settlement_file_invalid"),
        (SETTLEMENT_FILE + "txn_2,when\ntxn_3,never\n", {}, "/file/lines/3", "settlement_file_invalid"),
        (SETTLEMENT_FILE, {"psp": "nobody"}, "/psp", "invalid_parameter"),
        (SETTLEMENT_FILE, {"business_on": "yesterday"}, "/business_on", "invalid_parameter"),
        (SETTLEMENT_FILE, {"business_on": "9999-12-31"}, "/business_on", "invalid_parameter"),
        (SETTLEMENT_FILE, {"day": "1"}, "/day", "invalid_parameter"),
    ],
)
def test_what_cannot_be_taken_in_names_the_field_or_the_line(caller, finance, content, fields, pointer, code):
    """422, and nothing of it is there."""
    answer = hand_in(caller, finance[0], content, **fields)
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert answer.get_json()["errors"][0]["pointer"] == pointer
    assert ask(caller, finance[0], "GET", "/v1/settlements/files?status=imported").get_json()["data"] == []


def test_the_entry_behind_a_difference_is_not_for_a_programs_key(caller, finance):
    """It reads the day and its differences; whose money an entry of ours moved, a person of the platform alone."""
    person, key = finance
    hand_in(caller, key, SETTLEMENT_FILE)
    run = ask(
        caller, key, "POST", "/v1/reconciliation/runs", {"psp": "stripe", "business_on": DAY}
    ).get_json()
    (alert,) = ask(caller, key, "GET", "/v1/reconciliation/alerts").get_json()["data"]

    def explained(credential, figure):
        return ask(caller, credential, "GET", f"/v1/explanations/{figure}").status_code

    assert explained(key, f"{run['id']}/difference.EUR") == 200
    assert [explained(each, f"{alert['id']}/difference") for each in (person, key)] == [200, 403]


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_that_nothing_is_settled_on_is_not_compared(caller, finance, db, day):
    """At the calendar's ends there is no day before or after: the field is named, and no run is there."""
    body = {"psp": "stripe", "business_on": day}
    answer = ask(caller, finance[0], "POST", "/v1/reconciliation/runs", body)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/business_on")
    assert db.value("SELECT count(*) FROM reconciliation_runs") == 0


def test_a_field_without_a_name_and_a_name_that_cannot_be_written_are_no_fault_of_ours(caller, finance):
    """The field is refused; of the file's name what can be read is kept."""
    boundary = "b"
    unnamed = f"--{boundary}\r\nContent-Disposition: form-data\r\n\r\nx\r\n"
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n--{boundary}--\r\n'
    headers = {
        "Authorization": f"Bearer {finance[0]}",
        "Content-Type": f"multipart/form-data; boundary={boundary}",
    }
    assert (
        caller.client.post("/v1/settlements/files", data=unnamed + file, headers=headers).status_code == 422
    )

    taken = hand_in(caller, finance[0], SETTLEMENT_FILE, name="da\x00y\x1b.csv")
    assert (taken.status_code, taken.get_json()["name"]) == (201, "day.csv")
