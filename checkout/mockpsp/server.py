"""The mock in a thread of this process, on a free port: for tests, which then reach it as any client would.

Development and load run it under gunicorn instead (`wsgi:mock_psp()`), one worker and many threads.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from checkout.mockpsp.app import create_mock_psp
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.settings import MockSettings


@dataclass(frozen=True, slots=True)
class RunningMock:
    """`base` is the address for the adapter and the hosted page alike."""

    base: str
    psp: Psp


class _KeepAliveHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """A fault has broken the connection: werkzeug would wait for the next request on it."""
        self.close_connection = True


@contextmanager
def running_mock(
    sqlite_path: Path,
    *,
    webhook_url: str = "",
    webhook_secrets: Sequence[str] = ("whsec_test",),
    clock_offset_seconds: int = 0,
    drop_dir: Path | None = None,
) -> Iterator[RunningMock]:
    """Serves the mock until the block ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_mock_psp(
            MockSettings(
                sqlite_path=sqlite_path,
                public_base=base,
                webhook_url=webhook_url,
                webhook_secrets=tuple(webhook_secrets),
                clock_offset_seconds=clock_offset_seconds,
                drop_dir=drop_dir,
            )
        )
        server = ThreadedWSGIServer("127.0.0.1", 0, app, handler=_KeepAliveHandler, fd=listener.fileno())
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        psp: Psp = app.extensions["mock_psp"]
        try:
            yield RunningMock(base, psp)
        finally:
            server.shutdown()
            thread.join(timeout=5)
            server.server_close()
            app.extensions["mock_psp_stop"]()
            psp.store.close()
