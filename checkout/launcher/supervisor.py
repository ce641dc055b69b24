"""Keeps child processes running: starts them in layers, restarts what dies, stops all in the reverse order.

One thread, because the kernel's death signal is tied to the thread that started a child.
"""

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from checkout.launcher import process
from checkout.launcher.errors import LauncherError
from checkout.launcher.process import Program, last_words, log_length

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_SECONDS = 60.0
# The first restart is immediate; a child that keeps dying waits 0.5, 1, 2, 4 and then 5 s each time.
RESTART_BASE_SECONDS = 0.5
RESTART_CAP_SECONDS = 5.0
# A child that lived this long is healthy: its next death counts as its first.
HEALTHY_SECONDS = 10.0
TICK_SECONDS = 0.5
# Of a child that keeps dying, the first deaths are told, then every tenth.
DEATHS_TOLD = 10
SAME_REQUEST_SECONDS = 1.0
LOG_LIMIT_BYTES = 50_000_000
LOG_CHECK_SECONDS = 30.0


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM while the start was still going on."""


@dataclass(slots=True)
class Child:
    """A program and the process that runs it now; `restart_at` is set while it is dead."""

    program: Program
    process: "subprocess.Popen[bytes]"
    started_at: float
    log_begins: int
    deaths: int = 0
    restart_at: float | None = None

    @classmethod
    def start(cls, program: Program) -> "Child":
        begins = log_length(program.log)
        return cls(program, process.start(program), time.monotonic(), begins)

    def restart(self) -> None:
        self.log_begins = log_length(self.program.log)
        self.process, self.started_at, self.restart_at = process.start(self.program), time.monotonic(), None

    def last_words(self) -> str:
        return last_words(self.program.log, self.log_begins)


class Supervisor:
    """The parent of every process of the product."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._layers: list[list[Child]] = []
        self._asked_to_stop_at: float | None = None
        self._hurry = False
        self._logs_checked_at = time.monotonic()
        self._wake_reader, self._wake_writer = os.pipe()
        self._wake_before = -1
        self._handlers_before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Supervisor":
        for end in (self._wake_reader, self._wake_writer):
            os.set_blocking(end, False)
        # A signal writes a byte here, so that the loop wakes for a dead child or a stop without waiting for its tick.
        self._wake_before = signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        self._handlers_before = {signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda number, frame: None)}
        for number in STOP_SIGNALS:
            if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):  # nohup make run
                self._handlers_before[number] = signal.signal(number, self._on_stop_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        signal.set_wakeup_fd(self._wake_before)
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    @property
    def children(self) -> list[Child]:
        return [child for layer in self._layers for child in layer]

    def start(self, *programs: Program) -> None:
        """Starts a layer: it is stopped before the layers that were started earlier."""
        layer: list[Child] = []
        self._layers.append(layer)
        for program in programs:
            layer.append(Child.start(program))

    def wait_until_ready(self, *names: str, seconds: float = READY_SECONDS) -> None:
        """During the start a death is final: it would only happen again.

        Raises:
            LauncherError: a child died or was not ready in time.
            StopRequested: somebody wants to stop.
        """
        deadline = time.monotonic() + seconds
        waiting = [child for child in self.children if child.program.name in names]
        while waiting := [child for child in waiting if not child.program.is_ready(child.process)]:
            self._refuse_deaths()
            if time.monotonic() > deadline:
                late = waiting[0].program
                raise LauncherError(f"{late.name} was not ready within {seconds:.0f} s (see {late.log})")
            self._sleep(0.05)

    def run_once(self, program: Program, seconds: float = READY_SECONDS) -> None:
        """Runs a program to its end, which must be a good one."""
        child = Child.start(program)
        try:
            while child.process.poll() is None:
                self._refuse_deaths()
                if time.monotonic() > child.started_at + seconds:
                    raise LauncherError(f"{program.name} took more than {seconds:.0f} s (see {program.log})")
                self._sleep(0.05)
        finally:
            process.kill_session(child.process)
        if child.process.returncode != 0:
            raise LauncherError(f"{program.name} failed: {child.last_words()} (see {program.log})")

    def run(self) -> None:
        """Restarts what dies until somebody stops us."""
        while self._asked_to_stop_at is None:
            for child in self.children:
                self._look_after(child)
            self._shorten_logs()
            try:
                self._sleep(self._until_next_restart())
            except StopRequested:
                return

    def stop(self) -> None:
        """Layer by layer, the last one first. A second Ctrl-C kills at once."""
        for layer in reversed(self._layers):
            alive = [child for child in layer if child.process.poll() is None]
            for child in alive:
                process.ask_to_stop(child.process, child.program)
            for child in alive:
                self._wait_for_end(child)
            for child in layer:
                process.kill_session(child.process)
        self._layers.clear()

    def _wait_for_end(self, child: Child) -> None:
        deadline = time.monotonic() + child.program.stop_seconds
        while child.process.poll() is None and time.monotonic() < deadline and not self._hurry:
            self._doze(0.05)

    def _look_after(self, child: Child) -> None:
        if child.restart_at is None:
            code = child.process.poll()
            if code is not None:
                self._note_death(child, code)
        if (
            child.restart_at is not None
            and time.monotonic() >= child.restart_at
            and child.program.may_start()
        ):
            child.restart()

    def _note_death(self, child: Child, code: int) -> None:
        process.kill_session(child.process)
        child.deaths = 1 if time.monotonic() - child.started_at >= HEALTHY_SECONDS else child.deaths + 1
        delay = restart_delay_seconds(child.deaths)
        child.restart_at = time.monotonic() + delay
        if child.deaths <= DEATHS_TOLD or child.deaths % DEATHS_TOLD == 0:
            when = f"in {delay:g} s" if delay else "now"
            reason = f": {child.last_words()}" if child.deaths > 1 else ""
            self._say(f"{child.program.name} ended ({_ending(code)}), restarting {when}{reason}")

    def _until_next_restart(self) -> float:
        due = [child.restart_at for child in self.children if child.restart_at is not None]
        return min([TICK_SECONDS, *(max(0.02, at - time.monotonic()) for at in due)])

    def _refuse_deaths(self) -> None:
        for child in self.children:
            if child.process.poll() is not None:
                name, log = child.program.name, child.program.log
                raise LauncherError(f"{name} did not start: {child.last_words()} (see {log})")

    def _shorten_logs(self) -> None:
        """Children append to their logs, so one may be emptied under them; the last 50 MB are kept beside it."""
        if time.monotonic() - self._logs_checked_at < LOG_CHECK_SECONDS:
            return
        self._logs_checked_at = time.monotonic()
        for child in self.children:
            log = child.program.log
            if log.stat().st_size > LOG_LIMIT_BYTES:
                shutil.copyfile(log, log.with_suffix(".old.log"))
                os.truncate(log, 0)

    def _on_stop_signal(self, number: int, frame: FrameType | None) -> None:
        """One Ctrl-C may arrive twice: from the terminal and from make. A person's second comes later."""
        now = time.monotonic()
        if self._asked_to_stop_at is None:
            self._asked_to_stop_at = now
        elif now - self._asked_to_stop_at > SAME_REQUEST_SECONDS:
            self._hurry = True

    def _sleep(self, seconds: float) -> None:
        if self._asked_to_stop_at is not None:
            raise StopRequested
        self._doze(seconds)
        if self._asked_to_stop_at is not None:
            raise StopRequested

    def _doze(self, seconds: float) -> None:
        """Sleeps until a signal arrives, at most so long."""
        if select.select([self._wake_reader], [], [], seconds)[0]:
            while _drain(self._wake_reader):
                pass


def restart_delay_seconds(deaths: int) -> float:
    """How long a child that has died so many times in a row waits for its next start."""
    return 0.0 if deaths <= 1 else min(RESTART_CAP_SECONDS, RESTART_BASE_SECONDS * 2 ** (deaths - 2))


def _drain(reader: int) -> bool:
    try:
        return bool(os.read(reader, 512))
    except BlockingIOError:
        return False


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
