"""Drives journeys over keep-alive sockets from one epoll loop, and notes how long each answer took.

A journey is a generator: it yields requests and is sent the answers. Closed loop: so many journeys at a time, the next
one begins when one ends. Open loop: one begins at every tick, whatever the server does, and its first request is
timed from the tick, so that a server that stalls is not spared the requests it kept waiting.
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
ANSWER_SECONDS = 35.0  # longer than any timeout of the servers: then the request counts as failed
MAX_SOCKETS = 512


@dataclass(slots=True)
class Request:
    """`label` groups the answers' times; `host` is (address, port)."""

    label: str
    host: tuple[str, int]
    data: bytes


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes


Journey = Generator[Request, Answer, None]


@dataclass(slots=True)
class Tally:
    """What was seen in the measured window. Times in seconds."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    journeys: int = 0
    answered: int = 0  # in the window and around it: what the servers' CPU was spent on
    journey_times: list[float] = field(default_factory=list)
    window_seconds: float = 0.0
    reconnects: int = 0
    unstarted: int = 0


@dataclass(slots=True)
class _Run:
    """A journey under way."""

    journey: Journey
    due_at: float
    request: Request
    sent_at: float
    again: bool = False


@dataclass(slots=True)
class _Line:
    socket: socket.socket
    host: tuple[str, int]
    run: _Run | None = None
    received: bytearray = field(default_factory=bytearray)
    answered: bool = False  # one that has answered before may have been closed by the server meanwhile


class Engine:
    def __init__(self, begin: Callable[[], Journey | None]) -> None:
        self._begin = begin
        self._poll = select.epoll()
        self._lines: dict[int, _Line] = {}
        self._free: dict[tuple[str, int], list[_Line]] = defaultdict(list)
        self._waiting: deque[_Run] = deque()
        self._active = 0
        self._tally = Tally()
        self._from = 0.0
        self._until = 0.0
        self._refill = False
        self._exhausted = False
        self._most_sockets = MAX_SOCKETS

    def limit_sockets(self, most: int) -> None:
        """Journeys beyond so many connections wait their turn, and their time counts."""
        self._most_sockets = most

    def closed(self, *, connections: int, seconds: float, warm_up_seconds: float) -> Tally:
        """So many journeys at a time for so long; only what ends inside the window counts."""
        self._refill = True
        self._from = time.perf_counter() + warm_up_seconds
        self._until = self._from + seconds
        for _ in range(connections):
            if not self._exhausted:
                self._start(time.perf_counter())
        self._loop(lambda now: None)
        self._tally.window_seconds = seconds
        return self._tally

    def open(self, *, rate: float, seconds: float, warm_up_seconds: float) -> Tally:
        """So many journeys a second for so long; each that was due in the window counts, however late it ends."""
        began = time.perf_counter()
        self._from, self._until = began + warm_up_seconds, began + warm_up_seconds + seconds
        due = [began]

        def tick(now: float) -> float | None:
            while due[0] <= now and due[0] < self._until:
                self._start(due[0])
                due[0] += 1 / rate
            return due[0] if due[0] < self._until else None

        self._loop(tick)
        self._tally.window_seconds = seconds
        return self._tally

    def _loop(self, tick: Callable[[float], float | None]) -> None:
        drain_until = self._until + ANSWER_SECONDS
        while True:
            now = time.perf_counter()
            next_due = tick(now)
            if self._refill and now >= self._until:
                break  # closed loop: what is under way does not count any more
            if self._exhausted and not self._active:
                break
            if not self._active and next_due is None and now >= self._until:
                break
            if now > drain_until:
                self._tally.unstarted += self._active
                break
            limit = next_due if next_due is not None else self._until if self._refill else now + 0.05
            # select() waits to the microsecond, epoll's own wait only to the millisecond.
            select.select([self._poll.fileno()], [], [], min(max(limit - now, 0.0), 0.05))
            for descriptor, _ in self._poll.poll(0):
                line = self._lines.get(descriptor)
                if line is not None:
                    self._receive(line)
        for line in list(self._lines.values()):
            self._drop(line)

    def _start(self, due_at: float) -> None:
        journey = self._begin()
        if journey is None:
            self._exhausted = True
            return
        run = _Run(journey, due_at, next(journey), due_at)
        self._active += 1
        self._send(run)

    def _send(self, run: _Run) -> None:
        host = run.request.host
        free = self._free[host]
        if free:
            line = free.pop()
        elif len(self._lines) < self._most_sockets:
            line = self._connect(host)
        else:
            self._waiting.append(run)
            return
        line.run = run
        try:
            line.socket.sendall(run.request.data)
        except OSError:
            self._lost(line)

    def _connect(self, host: tuple[str, int]) -> _Line:
        connected = socket.create_connection(host, timeout=10)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(connected, host)
        self._lines[connected.fileno()] = line
        self._poll.register(connected.fileno(), select.EPOLLIN)
        return line

    def _receive(self, line: _Line) -> None:
        try:
            data = line.socket.recv(262_144)
        except OSError:
            data = b""
        if not data:
            self._lost(line)
            return
        line.received += data
        whole = _whole(line.received)
        if whole is None:
            return
        run, line.run, line.answered = line.run, None, True
        answer, closes = whole
        line.received = bytearray()
        if closes:
            self._drop(line)
        else:
            self._free[line.host].append(line)
        if run is not None:
            self._answered(run, answer)
        if self._waiting:
            self._send(self._waiting.popleft())

    def _lost(self, line: _Line) -> None:
        """An idle connection that the server closed costs a new one; a request that got no answer has failed."""
        run, stale = line.run, line.answered and not line.received
        self._drop(line)
        if run is None:
            return
        if stale and not run.again:
            self._tally.reconnects += 1
            run.again = True
            self._send(run)
        else:
            self._answered(run, Answer(0, b""))

    def _drop(self, line: _Line) -> None:
        descriptor = line.socket.fileno()
        if descriptor in self._lines:
            del self._lines[descriptor]
            self._poll.unregister(descriptor)
        if line in self._free[line.host]:
            self._free[line.host].remove(line)
        line.socket.close()

    def _answered(self, run: _Run, answer: Answer) -> None:
        now = time.perf_counter()
        self._tally.answered += 1
        counts = self._from <= (now if self._refill else run.due_at) < self._until
        if counts:
            self._tally.times[run.request.label].append(now - run.sent_at)
            self._tally.statuses[run.request.label][str(answer.status)] += 1
        try:
            run.request = run.journey.send(answer)
        except StopIteration:
            self._active -= 1
            if counts:
                self._tally.journeys += 1
                self._tally.journey_times.append(now - run.due_at)
            if self._refill and now < self._until and not self._exhausted:
                self._start(now)
            return
        run.sent_at, run.again = time.perf_counter(), False
        self._send(run)


def _whole(received: bytearray) -> tuple[Answer, bool] | None:
    """The answer, once all of it is there, and whether the server closes the connection."""
    end = received.find(HEAD_END)
    if end < 0:
        return None
    head = bytes(received[:end]).lower()
    at = head.find(LENGTH)
    if at < 0:
        raise ValueError(f"an answer without a length: {head[:200]!r}")
    length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])
    body = bytes(received[end + 4 :])
    if len(body) < length:
        return None
    return Answer(int(head[9:12]), body), b"connection: close" in head
