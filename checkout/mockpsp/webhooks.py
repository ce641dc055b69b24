"""Decides how events travel and makes sure that they arrive: lanes in order, retries with backoff, held and lost ones.

A delivery is a row written with its event; the queues in memory only make it fast. After a restart, or when a queue
is full, the rows are read again, so an event may come twice but is never forgotten.
"""

from __future__ import annotations

import contextlib
import queue
import random
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from checkout.core.backoff import delay_seconds
from checkout.mockpsp.behaviours import Notify
from checkout.mockpsp.cards import Instrument
from checkout.mockpsp.clock import MockClock
from checkout.mockpsp.events import Emitted
from checkout.mockpsp.postman import Answer, Postman
from checkout.mockpsp.store import Store, Transaction

SENDERS: Final = (
    8  # each waits for the endpoint's commit; enough to keep several hundred events a second on the way
)
QUEUE_LIMIT: Final = 2000  # per sender; beyond it the rows wait in the file
REFILL_LIMIT: Final = 1000
MAX_ATTEMPTS: Final = 200  # about three hours at the longest pause
RETRY_BASE_SECONDS: Final = 1.0
RETRY_CAP_SECONDS: Final = 60.0
REORDER_WINDOW_SECONDS: Final = 1.0


class Mode(StrEnum):
    NORMAL = "normal"
    MUTE = "mute"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    REORDER = "reorder"
    BEFORE_RESPONSE = "before_response"


@dataclass(frozen=True, slots=True)
class Delivery:
    seq: int
    lane: str
    body: bytes
    attempt: int = 0
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with staged deliveries once their events are committed."""

    soon: tuple[Delivery, ...] = ()
    at_once: tuple[Delivery, ...] = ()


class Webhooks:
    """The modes, the lanes and the senders."""

    def __init__(self, store: Store, clock: MockClock, url: str, secrets: Sequence[str]) -> None:
        self._store = store
        self._clock = clock
        self._url = url
        self._secrets = tuple(secrets)
        self._mode_lock = threading.Lock()
        self._lock = threading.Lock()
        self._known: set[int] = set()
        self._outcomes: list[tuple[Delivery, Answer]] = []
        self._lanes: list[queue.Queue[Delivery | None]] = [queue.Queue(QUEUE_LIMIT) for _ in range(SENDERS)]
        self._threads: list[threading.Thread] = []
        self._idle_postmen: queue.SimpleQueue[Postman] = queue.SimpleQueue()
        self.set_mode(Mode.NORMAL)

    # -- modes

    def set_mode(
        self,
        mode: Mode,
        *,
        times: int = 2,
        seconds: float = 5.0,
        seed: int = 0,
        pays_with: Instrument | None = None,
    ) -> None:
        """`pays_with`: in before_response, each new session is paid so before its creation is answered."""
        with self._mode_lock:
            self.mode = mode
            self.times = times
            self.seconds = seconds
            self.pays_with = pays_with
            self._random = random.Random(seed)

    # -- inside a transaction

    def stage(self, tx: Transaction, emitted: Sequence[Emitted], notify: Notify) -> Plan:
        """Writes the rows of what must be delivered, and says what to send once they are committed."""
        if not self._url or not emitted or notify is Notify.LOST:
            return Plan()
        with self._mode_lock:
            mode, copies = self.mode, self.times if self.mode is Mode.DUPLICATE else 1
            dues = [self._due(mode) for _ in emitted]
        state = "held" if mode is Mode.MUTE else "pending"
        deliveries = [Delivery(event.seq, event.lane, event.body.encode(), 0, copies) for event in emitted]
        tx.run(
            "insert into deliveries (seq, lane, copies, attempt, due, state) values "
            + ",".join(["(?,?,?,0,?,?)"] * len(deliveries)),
            [
                value
                for delivery, due in zip(deliveries, dues, strict=True)
                for value in (delivery.seq, delivery.lane, copies, due, state)
            ],
        )
        if mode in (Mode.MUTE, Mode.DELAY, Mode.REORDER):
            return Plan()
        with self._lock:
            self._known.update(delivery.seq for delivery in deliveries)
        if notify is Notify.BEFORE_REDIRECT or mode is Mode.BEFORE_RESPONSE:
            return Plan(at_once=tuple(deliveries))
        if notify is Notify.THREE_TIMES:
            deliveries = [*reversed(deliveries), *deliveries[1:], *deliveries[:1], *deliveries]
        return Plan(soon=tuple(deliveries))

    def _due(self, mode: Mode) -> float:
        match mode:
            case Mode.DELAY:
                return time.time() + self.seconds
            case Mode.REORDER:
                return time.time() + self._random.uniform(0, REORDER_WINDOW_SECONDS)
            case _:
                return time.time()

    # -- after its commit

    def dispatch(self, plan: Plan) -> None:
        if plan.at_once:
            with self._postman() as postman:
                for delivery in plan.at_once:
                    self._carry(postman, delivery)
        for delivery in plan.soon:
            self._enqueue(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        try:
            self._lanes[zlib.crc32(delivery.lane.encode()) % SENDERS].put_nowait(delivery)
        except queue.Full:
            with self._lock:
                self._known.discard(delivery.seq)

    def deliver_held(self) -> int:
        """Lets go of what was held while muted; answers how many."""
        with self._store.transaction() as tx:
            cursor = tx.run(
                "update deliveries set state = 'pending', due = ? where state = 'held'", [time.time()]
            )
            count = cursor.rowcount
        self.refill()
        return count

    def send_now(self, body: bytes, *, secrets: Sequence[str] | None, timestamp: int | None) -> Answer:
        """One body, outside of any row: forged, repeated or made up by a test."""
        with self._postman() as postman:
            return postman.deliver(body, secrets=secrets, timestamp=timestamp)

    def waiting(self) -> dict[str, int]:
        with self._store.transaction() as tx:
            rows = tx.query("select state, count(*) from deliveries group by state").fetchall()
        return {"pending": 0, "held": 0, "failed": 0} | {str(state): int(count) for state, count in rows}

    # -- senders

    def start(self) -> None:
        for lane in self._lanes:
            thread = threading.Thread(
                target=self._send_all, args=(lane,), name="mock-psp-sender", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        for lane in self._lanes:
            with contextlib.suppress(queue.Full):
                lane.put_nowait(None)
        for thread in self._threads:
            thread.join(timeout=2)
        while not self._idle_postmen.empty():
            self._idle_postmen.get_nowait().close()
        self.note_outcomes()

    def _send_all(self, lane: queue.Queue[Delivery | None]) -> None:
        postman = Postman(self._url, self._secrets, self._clock)
        while (delivery := lane.get()) is not None:
            self._carry(postman, delivery)
        postman.close()

    def _carry(self, postman: Postman, delivery: Delivery) -> None:
        answer = Answer(0)
        for _ in range(delivery.copies):
            answer = postman.deliver(delivery.body)
        with self._lock:
            self._outcomes.append((delivery, answer))

    @contextlib.contextmanager
    def _postman(self) -> Iterator[Postman]:
        """A connection for a thread that sends by itself, kept for the next that does."""
        try:
            postman = self._idle_postmen.get_nowait()
        except queue.Empty:
            postman = Postman(self._url, self._secrets, self._clock)
        try:
            yield postman
        finally:
            self._idle_postmen.put(postman)

    # -- called by the ticker

    def note_outcomes(self) -> None:
        """Forgets what was accepted and plans what was not; many at once, so that a delivery costs no commit."""
        with self._lock:
            outcomes, self._outcomes = self._outcomes, []
        if not outcomes:
            return
        accepted = [(delivery.seq,) for delivery, answer in outcomes if answer.accepted]
        refused = [
            (
                delivery.attempt + 1,
                time.time()
                + delay_seconds(delivery.attempt + 1, base=RETRY_BASE_SECONDS, cap=RETRY_CAP_SECONDS),
                "failed" if delivery.attempt + 1 >= MAX_ATTEMPTS else "pending",
                delivery.seq,
            )
            for delivery, answer in outcomes
            if not answer.accepted
        ]
        with self._store.transaction() as tx:
            tx.run_many("update deliveries set attempt = ?, due = ?, state = ? where seq = ?", refused)
            tx.run_many("delete from deliveries where seq = ?", accepted)
        with self._lock:
            self._known.difference_update(delivery.seq for delivery, _ in outcomes)

    def refill(self) -> None:
        """Takes up due rows that no queue holds: delayed, retried, left over by a full queue or an earlier life."""
        with self._lock:
            limit = REFILL_LIMIT + len(self._known)
        with self._store.transaction() as tx:
            rows = tx.query(
                "select d.seq, d.lane, e.body, d.attempt, d.copies from deliveries d join events e on e.seq = d.seq "
                "where d.state = 'pending' and d.due <= ? order by d.due, d.seq limit ?",
                [time.time(), limit],
            ).fetchall()
            with self._lock:
                fresh = [row for row in rows if row[0] not in self._known][:REFILL_LIMIT]
                self._known.update(row[0] for row in fresh)
        for seq, lane, body, attempt, copies in fresh:
            self._enqueue(replace(Delivery(seq, lane, body.encode()), attempt=attempt, copies=copies))
