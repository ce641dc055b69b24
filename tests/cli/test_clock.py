"""`flask clock` moves the product and the mock PSP together, or neither."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import responses

import config
from checkout.core import clock
from tests.cli.conftest import Run

MOCK_CLOCK = "http://127.0.0.1:8100/_mock/clock"
DAY = 86_400


@pytest.fixture
def mock_psp_clock() -> responses.RequestsMock:
    with responses.RequestsMock() as answers:
        answers.post(MOCK_CLOCK, json={"advance_seconds": DAY})
        yield answers


def test_advances_add_up_and_reach_the_mock(
    flask_command: Run, mock_psp_clock: responses.RequestsMock
) -> None:
    assert flask_command("clock", "advance", str(DAY), "--json").exit_code == 0
    shown = json.loads(flask_command("clock", "advance", "60", "--json").output)

    assert shown["advanced_seconds"] == 86_460
    assert [json.loads(call.request.body) for call in mock_psp_clock.calls] == [
        {"advance_seconds": 86_400},
        {"advance_seconds": 60},
    ]


def test_every_process_follows_the_file(
    flask_command: Run, settings: config.Settings, mock_psp_clock: responses.RequestsMock
) -> None:
    flask_command("clock", "advance", str(DAY))

    clock.configure(advance_file=settings.clock_file)

    assert abs(clock.utcnow() - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=5)


def test_when_the_mock_cannot_be_moved_neither_is(flask_command: Run, settings: config.Settings) -> None:
    """One line, exit 1, and the product's clock stands where it stood."""
    with responses.RequestsMock() as answers:
        answers.post(MOCK_CLOCK, status=500)

        failed = flask_command("clock", "advance", "60")

    assert failed.exit_code == 1
    assert "could not be moved, so ours was not" in failed.output
    assert json.loads(flask_command("clock", "show", "--json").output)["advanced_seconds"] == 0


def test_a_clock_does_not_run_back(flask_command: Run) -> None:
    assert flask_command("clock", "advance", "--", "-1").exit_code == 2


@pytest.mark.parametrize("command", [["clock", "show"], ["clock", "advance", "1"], ["demo", "seed"]])
def test_production_has_no_test_commands(
    flask_command: Run, settings: config.Settings, command: list[str]
) -> None:
    refused = flask_command(*command, settings=replace(settings, environment="production"))

    assert refused.exit_code == 1
    assert "refused with ENVIRONMENT=production" in refused.output
