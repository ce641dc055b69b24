"""Taking sellers on, sending them to the PSP's page, and saying where their payouts go."""

from __future__ import annotations

import pytest

from tests.api.world import key_of, make_world, token_of

ADA = {"name": "Ada's Pottery", "country": "DE", "email": "ada@example.org"}
ACCOUNT = {
    "currency": "EUR",
    "country": "DE",
    "account_number": "DE89 3704 0044 0532 0130 00",
    "account_holder_name": "Ada Lindqvist",
}


def test_a_seller_is_taken_on_once_under_a_key(caller, db):
    """201 with what is missing; the same key brings the same seller; its account is a task of the same transaction."""
    first = caller.post("/v1/sellers", ADA, key="k1")
    again = caller.post("/v1/sellers", ADA, key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert first.json["verification"]["status"] == "unverified"
    assert first.json["payouts_enabled"] is False
    assert first.json["fee_plans"][0]["commission_bps"] == 1000
    assert caller.get(f"/v1/sellers/{first.json['id']}").json == first.json
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'sellers.open_account'") == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"country": "Germany"}, "/country"),
        ({"currency": "EUX"}, "/currency"),
        ({"email": "ada"}, "/email"),
        ({"commission_bps": 10_001}, "/commission_bps"),
        ({"name": " "}, "/name"),
        ({"iban": "DE"}, "/iban"),
    ],
)
def test_bad_input_names_its_field(caller, db, change, pointer):
    before = db.value("SELECT count(*) FROM sellers")

    answer = caller.post("/v1/sellers", ADA | change)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert db.value("SELECT count(*) FROM sellers") == before


def test_a_link_is_answered_and_leads_back_to_web_addresses_alone(caller, stranger, db, client):
    """https, or http on this machine; another scheme or host is refused by name."""
    world = make_world(caller, stranger)
    path = f"/v1/sellers/{world.ids['own']['seller_id']}/onboarding_link"
    owner = {"Authorization": f"Bearer {token_of(db, 'seller_owner', world)}"}

    answer = client.post(path, json={"return_url": "http://localhost:8000/done"}, headers=owner)

    assert answer.status_code == 200
    assert answer.json["object"] == "onboarding_link"
    assert answer.json["url"].startswith("http")
    for address in ("javascript:alert(1)", "http://shop.example/", "https://", "/done"):
        refused = client.post(path, json={"return_url": address}, headers=owner)
        assert refused.status_code == 422


def test_a_storefronts_key_gets_to_no_sellers_payout_account(caller, stranger, db, client):
    """Sellers are the platform's: where one is paid is not a shop's to change, on our side or by a link to the PSP's."""
    world = make_world(caller, stranger)
    path = f"/v1/sellers/{world.ids['own']['seller_id']}"

    link = caller.post(f"{path}/onboarding_link", {"return_url": "https://shop.example/done"})
    account = client.put(
        f"{path}/payout_account", json=ACCOUNT, headers={"Authorization": f"Bearer {caller.shop.key}"}
    )

    assert [(answer.status_code, answer.json["code"]) for answer in (link, account)] == [
        (403, "forbidden")
    ] * 2
    assert "url" not in link.json


def test_who_takes_no_sellers_on_is_told_before_the_body_is_read(caller, stranger, db, client):
    world = make_world(caller, stranger)
    owner = {"Authorization": f"Bearer {token_of(db, 'seller_owner', world)}"}

    answer = client.post("/v1/sellers", data=b"{", headers=owner)

    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_a_payout_account_is_a_persons_business_after_a_second_factor(caller, stranger, db, client):
    """A key never has one; the owner just had: the account is masked and waits for the PSP."""
    world = make_world(caller, stranger)
    path = f"/v1/sellers/{world.ids['own']['seller_id']}/payout_account"
    by_key = client.put(
        path, json=ACCOUNT, headers={"Authorization": f"Bearer {key_of(world, 'seller', {'sellers:write'})}"}
    )
    assert (by_key.status_code, by_key.json["code"]) == (403, "step_up_required")
    owner = {"Authorization": f"Bearer {token_of(db, 'seller_owner', world)}"}

    answer = client.put(path, json=ACCOUNT, headers=owner)

    assert answer.status_code == 200
    (shown,) = answer.json["payout_accounts"]
    assert (shown["account"], shown["status"]) == ("•••• 3000", "pending")
    assert "Lindqvist" not in answer.get_data(as_text=True)
    wrong = client.put(path, json=ACCOUNT | {"account_number": "DE89370400440532013001"}, headers=owner)
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/account_number")
