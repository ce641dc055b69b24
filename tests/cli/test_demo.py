"""`flask demo seed`: what scripts find in demo.json, made once however often it is asked for."""

import json
from dataclasses import replace

import pyotp

import config
from checkout.db.statement import run
from checkout.identity import memberships, sign_in
from checkout.identity.authenticate import authenticate
from checkout.identity.roles import ROLES
from checkout.identity.storefronts import list_storefronts
from tests.cli.conftest import Run
from tests.conftest import Database


def test_the_file_tells_scripts_all_they_need(flask_command: Run, settings: config.Settings) -> None:
    """Both keys work, for different storefronts; both sellers exist; the file is its owner's alone."""
    assert flask_command("demo", "seed").exit_code == 0

    path = settings.data_dir / "demo.json"
    demo = json.loads(path.read_text())
    ours, foreign = authenticate(demo["api_key"]), authenticate(demo["foreign_api_key"])
    assert ours is not None
    assert foreign is not None
    assert ours.scope != foreign.scope
    assert demo_origins() == {"http://localhost:8000", "http://127.0.0.1:8000"}
    assert demo["base_url"] == "http://localhost:8000"
    assert demo["mock_psp_url"] == "http://localhost:8100"
    assert [seller["name"] for seller in demo["sellers"]] == ["Ada's Pottery", "Bao Tea"]
    assert (demo["webhook_secret"], demo["database_url"]) == ("whsec_cli", settings.database_url)
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_sellers_release_at_once_and_are_paid_on_request(flask_command: Run, db: Database) -> None:
    flask_command("demo", "seed")

    assert db.rows("SELECT DISTINCT hold_days, payout_schedule FROM sellers") == [
        {"hold_days": 0, "payout_schedule": "manual"}
    ]


def test_a_second_time_makes_nothing(flask_command: Run, settings: config.Settings, db: Database) -> None:
    first = json.loads(flask_command("demo", "seed", "--json").output)
    second = json.loads(flask_command("demo", "seed", "--json").output)

    assert first == second
    assert counts(db) == {"storefronts": 2, "sellers": 2, "api_keys": 2}


def test_a_lost_file_costs_new_keys_but_no_second_shop(
    flask_command: Run, settings: config.Settings, db: Database
) -> None:
    first = json.loads(flask_command("demo", "seed", "--json").output)
    (settings.data_dir / "demo.json").unlink()
    second = json.loads(flask_command("demo", "seed", "--json").output)

    assert (first["storefront"], first["sellers"]) == (second["storefront"], second["sellers"])
    assert first["api_key"] != second["api_key"]
    assert counts(db) == {"storefronts": 2, "sellers": 2, "api_keys": 4}


def test_a_file_of_another_database_is_not_believed(
    flask_command: Run, settings: config.Settings, db: Database
) -> None:
    """Keys and sellers that are not in this database are made anew."""
    (settings.data_dir / "demo.json").write_text(
        json.dumps(
            {"api_key": "sk_test_00000000_" + "x" * 32, "sellers": [{"id": "sel_x", "name": "Bao Tea"}]}
        )
    )

    demo = json.loads(flask_command("demo", "seed", "--json").output)

    assert authenticate(demo["api_key"]) is not None
    assert counts(db) == {"storefronts": 2, "sellers": 2, "api_keys": 2}


def test_another_port_is_one_more_origin(flask_command: Run, settings: config.Settings) -> None:
    flask_command("demo", "seed")
    moved = replace(settings, port=9000, public_url="http://localhost:9000")

    assert flask_command("demo", "seed", settings=moved).exit_code == 0

    assert {"http://localhost:9000", "http://localhost:8000"} <= demo_origins()


def demo_origins() -> set[str]:
    return {origin for shop in list_storefronts() if shop.name == "Demo shop" for origin in shop.origins}


def counts(db: Database) -> dict[str, int]:
    return {
        table: db.value(f"SELECT count(*) FROM {table}") for table in ("storefronts", "sellers", "api_keys")
    }


def test_somebody_of_every_role_signs_in(flask_command: Run, db: Database) -> None:
    """With password and code from the file; sellers' people name their seller, and the second seller has an owner."""
    demo = json.loads(flask_command("demo", "seed", "--json").output)

    people = demo["users"]
    assert {person["role"] for person in people} == set(ROLES)
    owners = [person["seller"] for person in people if person["role"] == "seller_owner"]
    assert owners == [seller["id"] for seller in demo["sellers"]]
    for person in people:
        code = pyotp.TOTP(person["totp_secret"]).at(run("SELECT clock_timestamp() AS now")[0].now)
        found = sign_in.at_once(person["email"], person["password"], code, ip=None)
        assert [grant.role for grant in memberships.grants_of(found.user_id)] == [person["role"]]


def test_people_keep_their_passwords_and_seeds(flask_command: Run, settings: config.Settings) -> None:
    """A second seeding changes nobody; a lost file gives everybody new ones that work."""
    first = json.loads(flask_command("demo", "seed", "--json").output)["users"]
    assert json.loads(flask_command("demo", "seed", "--json").output)["users"] == first
    (settings.data_dir / "demo.json").unlink()

    third = json.loads(flask_command("demo", "seed", "--json").output)["users"]

    assert [person["id"] for person in third] == [person["id"] for person in first]
    admin = next(person for person in third if person["role"] == "admin")
    code = pyotp.TOTP(admin["totp_secret"]).at(run("SELECT clock_timestamp() AS now")[0].now)
    assert sign_in.at_once(admin["email"], admin["password"], code, ip=None).second_factor
