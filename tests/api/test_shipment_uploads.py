"""Parcels from a file: each row its own outcome, whatever a spreadsheet makes of it."""

from __future__ import annotations

from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.api.conftest import Caller

HEADER = "order,carrier,tracking_number,line,quantity,delivery_from,delivery_to\n"


def send(by: Caller, data: bytes | str, *, key: str | None = None, **form):
    raw = data.encode() if isinstance(data, str) else data
    headers = {"Authorization": f"Bearer {by.shop.key}", **({"Idempotency-Key": key} if key else {})}
    # Encoded here: the client itself would put a large file on disk, and leave it open.
    file = FileStorage(BytesIO(raw), filename="parcels.csv", content_type="text/csv")
    boundary, body = encode_multipart({"file": file, **form})
    return by.client.post(
        "/v1/shipments/uploads",
        data=body,
        headers=headers,
        content_type=f'multipart/form-data; boundary="{boundary}"',
    )


def outcomes(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [(row["row"], row["status"], row["code"]) for row in answer.get_json()["rows"]]


@pytest.fixture
def orders(caller: Caller, db) -> list[dict]:
    """Two paid orders of 3 mugs each."""
    one = {
        "seller": caller.shop.sellers[0],
        "amount": 1500,
        "lines": [{"name": "Mug", "quantity": 3, "unit_amount": 500}],
    }
    payment = caller.create(amount=3000, orders=[one, one])
    db.rows("UPDATE orders SET status = 'paid'")
    return payment["orders"]


def test_each_row_has_its_own_outcome(caller, stranger, orders, db):
    """Good, of nobody, too many, incomplete, and good again: the wrong ones stop no other."""
    first, second = (order["id"] for order in orders)
    line = orders[1]["lines"][0]["id"]
    body = (
        HEADER
        + f"{first},DHL,A-1,,,2026-12-01,2026-12-03\n"
        + f"ord_{'0' * 26},DHL,A-2,,,,\n"
        + f"{second},DHL,A-3,{line},4,,\n"
        + f"{second},,A-4,,,,\n"
        + f"{second},DHL,A-5,{line},2,,\n"
    )

    answer = send(caller, body)

    assert outcomes(answer) == [
        (2, "shipped", None),
        (3, "refused", "not_found"),
        (4, "refused", "invalid_parameter"),
        (5, "refused", "required"),
        (6, "shipped", None),
    ]
    found = answer.get_json()
    assert (found["shipped"], found["unchanged"], found["refused"]) == (2, 0, 3)
    assert caller.get(f"/v1/orders/{first}").get_json()["status"] == "shipped"
    assert caller.get(f"/v1/orders/{second}").get_json()["lines"][0]["shipped_quantity"] == 2
    assert outcomes(send(stranger, body))[0][1:] == ("refused", "not_found")


def test_the_same_file_again_changes_nothing(caller, orders, db):
    """Known rows are unchanged; under the same key it is the same answer."""
    body = HEADER + "".join(f"{order['id']},DHL,A-{n},,,,\n" for n, order in enumerate(orders))
    first = send(caller, body, key="k-1")

    again, replayed = send(caller, body), send(caller, body, key="k-1")

    assert outcomes(again) == [(2, "unchanged", None), (3, "unchanged", None)]
    assert replayed.data == first.data
    assert db.value("SELECT count(*) FROM shipments") == 2


def test_rows_of_one_parcel_are_one_shipment(caller, db, orders):
    """Or none: where one of its rows is wrong, the others say so."""
    first, second = orders
    lines = [order["lines"][0]["id"] for order in orders]
    body = (
        HEADER
        + f"{first['id']},DHL,A-1,{lines[0]},1,,\n"
        + f"{second['id']},DHL,B-1,{lines[1]},1,,\n"
        + f"{second['id']},dhl,b-1,{lines[0]},x,,\n"
    )

    assert outcomes(send(caller, body)) == [
        (2, "shipped", None),
        (3, "refused", "parcel_refused"),
        (4, "refused", "out_of_range"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheets_save_is_read(caller, orders, encoding, separator):
    """With a mark or without, in two encodings, with three separators, Windows line ends and empty lines."""
    body = HEADER + f"{orders[0]['id']},DHL Größe,A-1,,,,\n,,,,,,\n\n"
    data = body.replace(",", separator).replace("\n", "\r\n").encode(encoding)

    assert outcomes(send(caller, data)) == [(2, "shipped", None)]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("=HYPERLINK(1),A-1", "formula_cell"),
        ("DHL,@SUM(1)", "formula_cell"),
        ("DHL,3.4E+14", "rounded_number"),
        ("DHL,4242424242424242", "card_data_not_accepted"),
        (f"DHL,{'9' * 61}", "invalid_length"),
        ('DHL,"A\n1"', "invalid_characters"),
        ("DHL,A-1,,,,,,too,many", "invalid_format"),
        ("DHL,A-1,,2,,", "required"),
        ("DHL,A-1,,,2026-12-03,2026-12-01", "out_of_range"),
        ("DHL,A-1,,,03.12.2026,04.12.2026", "invalid_format"),
    ],
)
def test_a_harmful_or_broken_cell_refuses_its_row_alone(caller, orders, cells, code):
    """Its text is not given back."""
    answer = send(caller, HEADER + f"{orders[0]['id']},{cells}\n{orders[1]['id']},DHL,OK-1,,,,\n")

    found = outcomes(answer)
    assert found[0][1:] == ("refused", code)
    assert found[1][1:] == ("shipped", None)
    assert "HYPERLINK" not in answer.get_data(as_text=True)
    assert "4242" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "invalid_header"),
        (HEADER.encode(), "empty"),
        (b"order,carrier\n1,2\n", "invalid_header"),
        (b"order,carrier,tracking_numbr\n1,2,3\n", "unknown_column"),
        (b"order,carrier,tracking_number,order\n1,2,3,4\n", "invalid_header"),
        ("order,carrier,tracking_number\n1,Größe,3\n".encode("cp1252"), "invalid_encoding"),
        (b"order,carrier,tracking_number\n1,\x00,3\n", "invalid_encoding"),
        (b'order,carrier,tracking_number\n1,"2"x,3\n', "invalid_format"),
        (HEADER.encode() + b"1,2,3,,,,\n" * 1001, "too_many_rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_what_is_no_such_file_is_refused_whole(caller, data, code):
    """422 at /file with its rule."""
    answer = send(caller, data)

    (error,) = answer.get_json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, "/file", code)


def test_too_large_no_file_and_no_form_are_refused(caller):
    """413, 422, 415."""
    headers = {"Authorization": f"Bearer {caller.shop.key}"}
    path = "/v1/shipments/uploads"

    assert send(caller, b"x" * (600 * 1024)).status_code == 413
    assert send(caller, b"x" * (512 * 1024 + 1)).status_code == 422
    assert send(caller, HEADER, note="x").status_code == 422
    assert caller.client.post(path, data={"file": "x"}, headers=headers).status_code == 415
    empty = caller.client.post(
        path, data=b"--x--\r\n", headers=headers, content_type="multipart/form-data; boundary=x"
    )
    broken = caller.client.post(path, data=b"?", headers=headers, content_type="multipart/form-data")
    assert (empty.status_code, broken.status_code) == (422, 422)
