"""The product's own processes, each as the launcher starts it."""

import http.client
import os
import subprocess
import sys
from pathlib import Path

from checkout.launcher.process import Program
from config import PROJECT, Settings

# One queue each: a worker that listens on two can lose a job between them when it dies.
QUEUES = ("default", "webhooks", "mail")
METRICS_FOLDER = "metrics"


def web(settings: Settings, workers: int) -> Program:
    return _gunicorn(settings, "web", "wsgi:app()", settings.port, workers, path="/healthz", metrics=True)


def mock_psp(settings: Settings) -> Program:
    """One process: it is a single program with a single file, as a PSP seems from outside."""
    return _gunicorn(
        settings, "mock-psp", "wsgi:mock_psp()", settings.mock_psp_port, 1, path="/", metrics=False
    )


def workers(settings: Settings) -> list[Program]:
    return [
        _python(settings, f"worker-{queue}", "-m", "jobs.worker", queue, metrics=True) for queue in QUEUES
    ]


def scheduler(settings: Settings) -> Program:
    return _python(settings, "scheduler", "-m", "jobs.schedule", metrics=True)


def migration(settings: Settings) -> Program:
    return _python(settings, "migrate", "-m", "checkout.launcher", "migrate")


def demo_seed(settings: Settings) -> Program:
    return _python(settings, "seed", "-m", "flask", "demo", "seed")


def cores() -> int:
    """The cores this process may use, which in a container are fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def answers(port: int, path: str) -> bool:
    """True when an HTTP server answers there with anything but its own failure."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _gunicorn(
    settings: Settings, name: str, factory: str, port: int, workers: int, *, path: str, metrics: bool
) -> Program:
    command = [
        *("-m", "gunicorn", factory, "--config", "python:checkout.launcher.gunicorn_settings"),
        *("--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--name", name),
    ]

    def is_ready(server: "subprocess.Popen[bytes]") -> bool:
        return server.poll() is None and answers(port, path)

    program = _python(settings, name, *command, metrics=metrics)
    return Program(
        program.name, program.command, program.log, program.environ, program.folder, is_ready=is_ready
    )


def _python(settings: Settings, name: str, *arguments: str, metrics: bool = False) -> Program:
    return Program(
        name=name,
        command=[sys.executable, *arguments],
        log=settings.data_dir / "logs" / f"{name}.log",
        environ=_environ(settings, metrics),
        folder=PROJECT,
    )


def _environ(settings: Settings, metrics: bool) -> dict[str, str]:
    """Our own environment; everything else a child reads from the data folder, as every command does."""
    added = {"DATA_DIR": str(settings.data_dir), "PYTHONUNBUFFERED": "1"}
    if metrics:
        added["PROMETHEUS_MULTIPROC_DIR"] = str(metrics_folder(settings))
    return {**os.environ, **added}


def metrics_folder(settings: Settings) -> Path:
    return settings.data_dir / METRICS_FOLDER
