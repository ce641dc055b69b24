"""`flask storefronts`, `flask keys` and `flask tasks`, as a script uses them."""

from __future__ import annotations

import json

import pytest

from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.identity.authenticate import authenticate, forget_cached_keys
from checkout.tasks import claim, enqueue
from checkout.tasks.finish import bury
from tests.cli.conftest import Run

CAUSE = Cause("cli", "test")


@pytest.fixture
def flask(flask_command: Run):
    """Runs a command; answers its exit code and what it printed, parsed where it asked for JSON."""
    forget_cached_keys()

    def run(*words: str):
        result = flask_command(*words)
        return result.exit_code, json.loads(
            result.stdout
        ) if "--json" in words and result.stdout else result.output

    return run


def test_a_storefront_and_its_key_from_the_command_line(flask):
    """Made, shown once, working, listed without its secret, revoked."""
    _, shop = flask("storefronts", "create", "--name", "Shop", "--origin", "https://shop.example", "--json")
    _, key = flask("keys", "create", "--storefront", shop["id"], "--name", "till", "--json")
    assert authenticate(key["key"]) is not None

    _, listed = flask("keys", "list", "--storefront", shop["id"], "--json")
    _, text = flask("keys", "list")
    code, _ = flask("keys", "revoke", key["id"], "--reason", "lost")
    forget_cached_keys()

    assert [item["id"] for item in listed["items"]] == [key["id"]]
    assert key["key"] not in json.dumps(listed) + text
    assert code == 0
    assert authenticate(key["key"]) is None
    assert flask("storefronts", "list", "--json")[1]["items"][0]["origins"] == ["https://shop.example"]


def test_origins_are_replaced(flask):
    _, shop = flask("storefronts", "create", "--name", "Shop", "--origin", "https://shop.example", "--json")

    code, changed = flask("storefronts", "origins", shop["id"], "--origin", "https://new.example", "--json")

    assert (code, changed["origins"]) == (0, ["https://new.example"])


def test_a_key_with_scopes_and_an_end_is_rolled(flask):
    """Made for 30 days with two scopes; the new key is like it, the old one ends after the overlap."""
    _, shop = flask("storefronts", "create", "--name", "Shop", "--origin", "https://shop.example", "--json")
    scopes = ["--scope", "payments:read", "--scope", "orders:read"]
    _, old = flask(
        "keys", "create", "--storefront", shop["id"], "--name", "till", *scopes, "--expires", "30d", "--json"
    )

    code, new = flask("keys", "roll", old["id"], "--overlap", "1h", "--json")
    again, _ = flask("keys", "roll", old["id"])
    _, listed = flask("keys", "list", "--json")

    assert (code, again) == (0, 5)
    assert old["scopes"] == new["scopes"] == ["orders:read", "payments:read"]
    assert authenticate(new["key"]).permissions == {"orders:read", "payments:read"}
    assert [item["status"] for item in listed["items"]] == ["expiring", "expiring"]
    assert listed["items"][1]["rolled_to"] == new["id"]


def test_a_sellers_key_from_the_command_line(flask):
    _, seller = flask("sellers", "create", "--name", "Ada", "--commission-bps", "1000", "--json")

    _, key = flask("keys", "create", "--seller", seller["id"], "--name", "till", "--json")

    assert (key["tenant"], key["storefront"]) == (seller["id"], None)
    assert authenticate(key["key"]).scope == seller["id"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("keys", "create", "--name", "till"), 2),
        (("keys", "create", "--storefront", "sto_x", "--seller", "sel_x", "--name", "till"), 2),
        (("keys", "create", "--storefront", "sto_x", "--name", "till", "--expires", "soon"), 2),
        (("keys", "roll", "key_x"), 3),
        (("keys", "roll", "key_01jd2k8wz5e8p9c4m6h7r3t1vx", "--overlap", "3d"), 2),
        (("storefronts", "create", "--name", "Shop", "--origin", "http://shop.example"), 2),
        (("storefronts", "create", "--name", "Shop"), 2),
        (("keys", "create", "--storefront", "sto_x", "--name", "till"), 3),
        (("keys", "create", "--storefront", "sto_01jd2k8wz5e8p9c4m6h7r3t1vx", "--name", "till"), 3),
        (("keys", "revoke", "key_x"), 3),
        (("tasks", "show", "tsk_01jd2k8wz5e8p9c4m6h7r3t1vx"), 3),
        (("tasks", "list", "--status", "asleep"), 2),
    ],
)
def test_refusals_have_their_exit_codes(flask, words, code):
    assert flask(*words)[0] == code


def test_a_dead_task_is_shown_and_replayed(flask, db):
    with atomic() as session:
        enqueue(session, "test.poison", {"payment": "pay_x"}, cause=CAUSE)
    (task,) = claim("default", worker="w", lease_seconds=60)
    with atomic() as session:
        bury(session, task, "ValueError: always")

    _, dead = flask("tasks", "list", "--status", "dead", "--json")
    (found,) = dead["items"]
    _, shown = flask("tasks", "show", found["id"], "--json")
    code, _ = flask("tasks", "replay", found["id"])
    again, _ = flask("tasks", "replay", found["id"])

    assert (found["kind"], shown["last_error"], shown["args"]) == (
        "test.poison",
        "ValueError: always",
        {"payment": "pay_x"},
    )
    assert (code, again) == (0, 5)
    assert db.value("SELECT status FROM tasks") == "ready"
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'task.replay'") == 1
