"""The SDK's HTTP client on urllib3: one pool of kept-alive connections for all threads, bounded in time and size.

The SDK's own client reads bodies of any length, keeps a pool per thread and costs three times the CPU. Redirects are
not followed, proxies of the environment are not used.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import stripe
import urllib3

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 8.0
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024  # a page of a hundred expanded sessions is below 2 MB
POOL_SIZE: Final = 64  # threads that may call at once without a new connection each time
MAX_DOWNLOAD_SECONDS: Final = 900.0
MAX_RETRY_AFTER_SECONDS: Final = 3_600
_CHUNK: Final = 64 * 1024


class AnswerTooLong(urllib3.exceptions.HTTPError):
    """The body is longer, or took longer, than any answer of Stripe's."""


class _InOnePiece:
    """A connection that sends a request's head and body together: as two pieces they are two packets, and the other
    side, as this thread, is woken twice."""

    _pieces: list[bytes] | None = None

    def request(self, *args: Any, **options: Any) -> None:
        self._pieces = []
        try:
            super().request(*args, **options)  # type: ignore[misc]
            whole = b"".join(self._pieces)
        finally:
            self._pieces = None
        self.send(whole)

    def send(self, data: Any) -> None:
        if self._pieces is None:
            super().send(data)  # type: ignore[misc]
        else:
            self._pieces.append(data)


class _HttpConnection(_InOnePiece, urllib3.connection.HTTPConnection):
    pass


class _HttpsConnection(_InOnePiece, urllib3.connection.HTTPSConnection):
    pass


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class PooledClient(stripe.HTTPClient):
    """What the SDK calls for each attempt. `reached()` says whether an attempt of this thread may have got through.

    The body of a POST is given to begin_call(), not to the SDK: it would encode every name anew, byte by byte.
    """

    name = "urllib3"

    def __init__(self) -> None:
        super().__init__()
        self._pool = urllib3.PoolManager(
            maxsize=POOL_SIZE,
            ca_certs=stripe.ca_bundle_path,
            cert_reqs="CERT_REQUIRED",
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )
        self._pool.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        self._hosts: dict[str, urllib3.HTTPConnectionPool] = {}
        self._call = threading.local()

    def begin_call(self, body: str | bytes | None = None) -> None:
        """`body`: what each attempt of this thread's next call sends."""
        self._call.body = body
        self._call.reached = False
        self._call.retry_after = None

    def reached(self) -> bool:
        """Whether any attempt since begin_call() may have reached the PSP: then a refusal proves nothing."""
        return bool(self._call.reached)

    def retry_after_seconds(self) -> int | None:
        """What the last answer of this thread's call asked for, bounded; Stripe sends whole seconds, no dates."""
        asked = self._call.retry_after
        if asked is None or not asked.isdecimal() or len(asked) > 9:
            return None
        return min(int(asked), MAX_RETRY_AFTER_SECONDS)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        deadline = time.monotonic() + READ_SECONDS
        try:
            host, target = self._host(url)
            response = host.urlopen(
                method.upper(),
                target,
                body=self._call.body,
                headers=headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
            self._call.reached = True
            self._call.retry_after = response.headers.get("retry-after")
            if self._call.retry_after is not None:
                response.headers["stripe-should-retry"] = (
                    "false"  # the SDK would come back earlier than asked
                )
            return _read(response, deadline), response.status, response.headers
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise _no_answer(error, again=True) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._call.reached = True
            again = not isinstance(error, AnswerTooLong | urllib3.exceptions.SSLError)
            raise _no_answer(error, again=again) from error

    def download(
        self, url: str, headers: Mapping[str, str], into: BinaryIO, *, most_bytes: int
    ) -> tuple[int, int]:
        """A GET whose answer of 200 is written to `into`, however long it is; the status and how many bytes.

        Raises:
            AnswerTooLong: more than `most_bytes`. urllib3's errors: it broke off.
        """
        deadline = time.monotonic() + MAX_DOWNLOAD_SECONDS
        host, target = self._host(url)
        response = host.urlopen(
            "GET", target, headers=headers, retries=False, redirect=False, assert_same_host=False,
            preload_content=False, decode_content=False,
        )  # fmt: skip
        size, whole = 0, False
        try:
            while response.status == 200 and (part := response.read(_CHUNK)):
                size += len(part)
                if size > most_bytes:
                    raise AnswerTooLong(f"more than {most_bytes} bytes")
                if time.monotonic() > deadline:
                    raise urllib3.exceptions.TimeoutError("a file that does not end")
                into.write(part)
            whole = response.status == 200
        finally:
            if whole:
                response.release_conn()
            else:
                response.close()
        return response.status, size

    def _host(self, url: str) -> tuple[urllib3.HTTPConnectionPool, str]:
        """The connections to the URL's host, and what is asked for there. There are two hosts at most."""
        start = url.find("/", url.index("://") + 3)
        origin, target = url[:start], url[start:]
        pool = self._hosts.get(origin)
        if pool is None:
            pool = self._hosts[origin] = self._pool.connection_from_url(origin)
        return pool, target

    def close(self) -> None:
        self._hosts.clear()
        self._pool.clear()


def _no_answer(error: Exception, *, again: bool) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(type(error).__name__, should_retry=again)  # type: ignore[no-untyped-call]


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    parts: list[bytes] = []
    length, whole = 0, False
    try:
        while part := response.read1(_CHUNK):
            parts.append(part)
            length += len(part)
            if length > MAX_ANSWER_BYTES or time.monotonic() > deadline:
                raise AnswerTooLong(f"more than {length} bytes")
            if response.length_remaining == 0:  # as long as it said: no look for more is needed
                break
        whole = True
    finally:
        if whole:
            response.release_conn()
        else:
            response.close()  # half-read: the connection cannot be used again
    return parts[0] if len(parts) == 1 else b"".join(parts)
