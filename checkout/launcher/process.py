"""Operating-system processes that cannot outlive us: how one is described, started, and stopped."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Account:
    """The user a server runs as, because PostgreSQL refuses to run as root."""

    uid: int
    gid: int


def at_once() -> bool:
    return True


def ready_when_running(process: "subprocess.Popen[bytes]") -> bool:
    return process.poll() is None


@dataclass(frozen=True, slots=True)
class Program:
    """One child process: what to run, as whom, how it is asked to stop, and when it counts as ready."""

    name: str
    command: Sequence[str]
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    # What the kernel sends when the launcher dies by kill -9. Everything here survives SIGKILL by design.
    death_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10.0
    is_ready: Callable[["subprocess.Popen[bytes]"], bool] = ready_when_running
    # Asked before each start after a death: False while something of the dead one is still in the way.
    may_start: Callable[[], bool] = at_once


def start(program: Program) -> "subprocess.Popen[bytes]":
    """Starts the program in a session of its own: Ctrl-C reaches only the launcher, which stops all in order.

    Call it from the main thread: the kernel sends the death signal when the thread that forked ends.
    """
    account = program.account
    with program.log.open("ab") as log:
        return subprocess.Popen(
            list(program.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=program.folder,
            env=dict(program.environ),
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            # Safe here: the launcher has no threads.
            preexec_fn=partial(die_with, os.getpid(), program.death_signal),
        )


def die_with(parent: int, death_signal: signal.Signals = signal.SIGKILL) -> None:
    """Has the kernel signal the calling process when its parent ends; ends it now if that has happened.

    A change of user clears the wish, so subprocess calls this later.
    Elsewhere than on Linux it does nothing.
    """
    if _libc is None:
        return
    if _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os._exit(1)


def stop(process: "subprocess.Popen[bytes]", program: Program) -> None:
    """Asks, waits, then kills the whole session, so that nothing the program started is left."""
    ask_to_stop(process, program)
    with suppress(subprocess.TimeoutExpired):
        process.wait(program.stop_seconds)
    kill_session(process)


def ask_to_stop(process: "subprocess.Popen[bytes]", program: Program) -> None:
    if process.poll() is None:
        process.send_signal(program.stop_signal)


def kill_session(process: "subprocess.Popen[bytes]") -> None:
    """The session's leader has the process's id, so this reaches its children even when it is gone itself."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def log_length(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def last_words(log: Path, since: int = 0, lines: int = 3) -> str:
    """The end of what a program wrote after its log had that length: the reason a person wants when it died."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log_length(log) - 4096))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    # A traceback's body is indented; its last line is the reason.
    told = [line for line in text.splitlines() if line.strip() and not line.startswith((" ", "Traceback"))]
    return " | ".join(told[-lines:])
