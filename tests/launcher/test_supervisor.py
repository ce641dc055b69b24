"""The supervisor over small stand-ins: what dies comes back, what is stopped stays stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from checkout.launcher.errors import LauncherError
from checkout.launcher.process import Program, last_words
from checkout.launcher.supervisor import StopRequested, Supervisor, restart_delay_seconds

SLEEP = "import time; time.sleep(100)"


def program(folder: Path, name: str, code: str, **more: object) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-c", code],
        log=folder / f"{name}.log",
        environ=dict(os.environ),
        **more,  # type: ignore[arg-type]
    )


def run_until(supervisor: Supervisor, done: Callable[[], bool], seconds: float = 60) -> None:
    """Lets the supervisor work until the condition holds; then Ctrl-C."""
    deadline = time.monotonic() + seconds
    look_after = supervisor._shorten_logs

    def check() -> None:
        look_after()
        if done():
            os.kill(os.getpid(), signal.SIGINT)
        assert time.monotonic() < deadline, "the condition never held"

    supervisor._shorten_logs = check  # type: ignore[method-assign]
    supervisor.run()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Supervisor:
    return Supervisor(said.append)


def test_a_killed_child_is_started_again_at_once(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    with supervisor:
        supervisor.start(program(tmp_path, "web", SLEEP))
        (child,) = supervisor.children
        first = child.process.pid
        os.kill(first, signal.SIGKILL)

        run_until(supervisor, lambda: child.process.pid != first and child.process.poll() is None)

    assert said == ["web ended (killed by SIGKILL), restarting now"]


def test_a_child_that_dies_at_once_waits_longer_each_time_and_its_reason_is_told(
    supervisor: Supervisor, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python takes its time to start on a busy machine, which must not look like a healthy life.
    monkeypatch.setattr("checkout.launcher.supervisor.HEALTHY_SECONDS", 120.0)
    with supervisor:
        supervisor.start(program(tmp_path, "worker", "raise SystemExit('no such queue')"))

        run_until(supervisor, lambda: len(said) == 3)

    assert said == [
        "worker ended (exit 1), restarting now",
        "worker ended (exit 1), restarting in 0.5 s: no such queue",
        "worker ended (exit 1), restarting in 1 s: no such queue",
    ]


def test_restarts_wait_five_seconds_at_most() -> None:
    assert [restart_delay_seconds(deaths) for deaths in range(1, 8)] == [0.0, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_a_death_during_the_start_ends_it_with_the_reason(supervisor: Supervisor, tmp_path: Path) -> None:
    with supervisor:
        supervisor.start(program(tmp_path, "web", "raise ValueError('no key')", is_ready=lambda child: False))

        with pytest.raises(
            LauncherError, match=r"^web did not start: ValueError: no key \(see .*web\.log\)$"
        ):
            supervisor.wait_until_ready("web")


def test_a_step_that_fails_ends_the_start(supervisor: Supervisor, tmp_path: Path) -> None:
    with supervisor, pytest.raises(LauncherError, match=r"^migrate failed: no database \(see"):
        supervisor.run_once(program(tmp_path, "migrate", "raise SystemExit('no database')"))


def test_ctrl_c_during_the_start_is_obeyed(supervisor: Supervisor, tmp_path: Path) -> None:
    with supervisor:
        supervisor.start(program(tmp_path, "web", SLEEP, is_ready=lambda child: False))
        (child,) = supervisor.children
        os.kill(os.getpid(), signal.SIGTERM)

        with pytest.raises(StopRequested):
            supervisor.wait_until_ready("web")
    assert child.process.poll() is not None


def test_layers_stop_in_the_reverse_order(supervisor: Supervisor, tmp_path: Path) -> None:
    """The database is still there while what uses it comes to its end."""
    told = tmp_path / "told"
    code = (
        "import pathlib, signal, sys, time\n"
        "def stop(*_):\n"
        f"    pathlib.Path({str(told)!r}).open('a').write(sys.argv[1] + ' '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop); print('set', flush=True)\n"
        "while True: time.sleep(1)"
    )
    with supervisor:
        for name in ("database", "web", "worker"):
            stand_in = program(
                tmp_path, name, code, is_ready=lambda child: len(list(tmp_path.glob("*.log"))) > 0
            )
            supervisor.start(Program(name, [*stand_in.command, name], stand_in.log, stand_in.environ))
        deadline = time.monotonic() + 60
        while not all((tmp_path / f"{name}.log").read_text() for name in ("database", "web", "worker")):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    assert told.read_text().split() == ["worker", "web", "database"]


def test_a_child_that_ignores_the_request_is_killed_with_all_it_started(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])\n"
        "print('set', flush=True); time.sleep(100)"
    )
    with supervisor:
        supervisor.start(program(tmp_path, "stubborn", code, stop_seconds=0.2))
        while "set" not in last_words(tmp_path / "stubborn.log"):
            time.sleep(0.02)
        stubborn = psutil.Process(supervisor.children[0].process.pid)
        family = [stubborn, *stubborn.children(recursive=True)]

    assert len(family) == 2
    assert psutil.wait_procs(family, timeout=60)[1] == []


@pytest.mark.parametrize(
    ("same_seconds", "code"), [(100.0, 0), (0.0, -signal.SIGKILL)], ids=["make's echo", "a person's"]
)
def test_a_second_request_to_stop_kills_unless_it_is_an_echo(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_seconds: float, code: int
) -> None:
    """The child ends well a little after the second request, which either belongs to the first or does not."""
    monkeypatch.setattr("checkout.launcher.supervisor.SAME_REQUEST_SECONDS", same_seconds)
    ask_again_was_sent = tmp_path / "sent"
    child_code = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        f"    while not pathlib.Path({str(ask_again_was_sent)!r}).exists(): time.sleep(0.02)\n"
        f"    time.sleep({0 if code == 0 else 100}); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('set', flush=True); time.sleep(100)"
    )

    def ask_again() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        ask_again_was_sent.touch()

    with supervisor:
        supervisor.start(program(tmp_path, "slow", child_code))
        (child,) = supervisor.children
        while "set" not in last_words(tmp_path / "slow.log"):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)
        again = threading.Timer(0.1, ask_again)
        again.start()
    again.join()

    assert child.process.returncode == code


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_killing_the_supervisor_ends_its_children(tmp_path: Path) -> None:
    """kill -9 leaves nobody; a child that asked for no death signal shows that the test can fail."""
    code = (
        "import subprocess, sys, time; from pathlib import Path\n"
        "from checkout.launcher.process import Program\n"
        "from checkout.launcher.supervisor import Supervisor\n"
        f"sleep = [sys.executable, '-c', {SLEEP!r}]\n"
        "with Supervisor(print) as supervisor:\n"
        "    supervisor.start(Program('ours', sleep, Path(sys.argv[1]) / 'log'))\n"
        "    control = subprocess.Popen(sleep)\n"
        "    print(supervisor.children[0].process.pid, control.pid, flush=True); supervisor.run()"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout as output:
        ours, control = (psutil.Process(int(pid)) for pid in output.readline().split())

    owner.kill()
    owner.wait()

    assert psutil.wait_procs([ours], timeout=60)[1] == []
    assert control.is_running()
    control.kill()


def test_a_log_that_grew_too_long_is_kept_beside_and_begun_anew(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkout.launcher.supervisor.LOG_LIMIT_BYTES", 10)
    monkeypatch.setattr("checkout.launcher.supervisor.LOG_CHECK_SECONDS", 0)
    with supervisor:
        supervisor.start(program(tmp_path, "web", "print('x' * 100, flush=True); " + SLEEP))

        run_until(supervisor, lambda: (tmp_path / "web.old.log").exists())

        assert (tmp_path / "web.old.log").stat().st_size == 101
        assert (tmp_path / "web.log").stat().st_size == 0
