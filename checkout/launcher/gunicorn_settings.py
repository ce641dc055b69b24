"""gunicorn's settings for the web process and the mock PSP: `gunicorn --config python:checkout.launcher.gunicorn_settings`."""

import os
from typing import Any

from checkout.launcher.process import die_with

worker_class = "gthread"
# Threads needed = requests per second x the seconds a PSP takes: 32 carry 300/s at 100 ms with one worker a core.
threads = 32
timeout = 30
graceful_timeout = 8  # below the launcher's patience, so that it never has to kill
keepalive = 5
control_socket_disable = True  # it would be one per user, shared by every instance
# A heartbeat file on a slow disk gets workers killed.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
loglevel = "warning"


def post_fork(arbiter: Any, worker: Any) -> None:
    """A worker must not serve on without its master: it would keep the port."""
    die_with(arbiter.pid)


def child_exit(arbiter: Any, worker: Any) -> None:
    """Live gauges of a dead worker are not summed any more."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
