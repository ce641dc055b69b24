"""The commands a newcomer types."""

import subprocess

import config


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", *arguments], cwd=config.PROJECT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_help_lists_the_commands_and_is_the_default() -> None:
    listed = [line.split()[1] for line in make("help").splitlines()]

    assert {"run", "test", "check", "bench", "help"} <= set(listed)
    assert make() == make("help")


def test_variables_given_to_make_reach_what_it_starts() -> None:
    assert "checkout.launcher run" in make("--dry-run", "run", "PORT=8080")
    assert "pytest -n" in make("--dry-run", "test", "DATABASE_URL=postgresql://x", "REDIS_URL=redis://y")
