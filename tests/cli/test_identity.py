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


@pytest.mark.parametrize(
    ("words", "code"),
    [
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
