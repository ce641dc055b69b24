"""One JSON object a line on standard error, from our own events and from the libraries' loggers alike."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from checkout.core.clock import wallclock
from checkout.observability.redaction import allow_listed, scrub

FRAMES_KEPT = 12  # the innermost ones: where it broke and how it came there
ERROR_TEXT_LENGTH = 300
MESSAGE_LENGTH = 500
_ENCODER = json.JSONEncoder(default=str, ensure_ascii=False, separators=(",", ":"))  # made once


def configure(level: int = logging.INFO) -> None:
    """Sets up structlog and the standard library's logging for this process; calling it again changes nothing."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamp,
            _describe_exception,
            allow_listed,
            _as_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_StandardErrorFactory(),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _LibraryHandler) for handler in root.handlers):
        root.addHandler(_LibraryHandler(logging.WARNING))
    logging.captureWarnings(False)


class _StandardErrorFactory:
    def __call__(self, *_: Any) -> _StandardError:
        return _StandardError()


class _StandardError:
    """Looks the stream up at each line, so that whoever replaces it is followed. One write a line."""

    def msg(self, line: str) -> None:
        sys.stderr.write(line)

    debug = info = warning = error = critical = fatal = exception = log = msg


class _LibraryHandler(logging.Handler):
    """A library's warning is prose: it keeps its text, scrubbed and bounded, and nothing else."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            structlog.get_logger().log(
                record.levelno,
                "library.message",
                logger=record.name,
                message=scrub(record.getMessage())[:MESSAGE_LENGTH],
                exc_info=record.exc_info or None,
            )
        except Exception:
            self.handleError(record)


def _stamp(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["at"] = wallclock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return event


def _describe_exception(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """An exception becomes its class, its frames and a bounded text. A database's text loses its DETAIL: that quotes rows."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if not isinstance(error, BaseException):
        return event
    event["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
    event["error_at"] = [
        f"{frame.filename}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-FRAMES_KEPT:]
    ]
    if isinstance(error, DBAPIError):
        event["sqlstate"] = getattr(error.orig, "sqlstate", None)
        event["constraint"] = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        text = str(error.orig).partition("\n")[0]
    else:
        text = str(error)
    event["error_text"] = scrub(text)[:ERROR_TEXT_LENGTH]
    return event


def _as_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return scrub(_ENCODER.encode(event)) + "\n"
