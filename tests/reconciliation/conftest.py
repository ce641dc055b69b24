"""A night: what the journal booked of a day, and the PSP's file of it, both from the same list of movements."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.currencies import exponent
from checkout.core.ids import decode, encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, recipes
from checkout.reconciliation import rules
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.night.run import RunOutcome, run_day
from checkout.reconciliation.queries import SettlementFile

CAUSE = Cause("cli", "test")
DAY = date(2026, 3, 14)
NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
COLUMNS = (
    "balance_transaction_id", "created_utc", "currency", "gross", "fee", "net", "reporting_category", "source_id",
    "payment_metadata[payment]",
)  # fmt: skip


def major(minor: int, currency: str) -> str:
    """As Stripe writes amounts."""
    places = exponent(currency)
    digits = str(abs(minor)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if minor < 0 else text


@dataclass(frozen=True)
class Movement:
    """A charge as the PSP moved it."""

    number: str
    source: str
    payment: str
    gross: int
    fee: int
    currency: str = "EUR"
    at: datetime = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
    category: str = "charge"

    def row(self, **changed: Any) -> dict[str, str]:
        return {
            "balance_transaction_id": self.number,
            "created_utc": self.at.strftime("%Y-%m-%d %H:%M:%S"),
            "currency": self.currency.lower(),
            "gross": major(self.gross, self.currency),
            "fee": major(self.fee, self.currency),
            "net": major(self.gross - self.fee, self.currency),
            "reporting_category": self.category,
            "source_id": self.source,
            "payment_metadata[payment]": self.payment,
            **changed,
        }


@dataclass
class Night:
    """The movements that both sides know, until a test makes one of them forget or lie."""

    movements: list[Movement] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))

    def charge(
        self,
        gross: int,
        fee: int | None = None,
        currency: str = "EUR",
        *,
        fee_booked: bool = True,
        **more: Any,
    ) -> Movement:
        """A captured charge with its number and fee in the books; without a word on the fee it is the contract's, if any."""
        if fee is None:
            fee = rules.current().expected_fee("stripe", "", currency, gross) or 0
        n, payment = next(self.numbers), new_uuid()
        movement = Movement(f"txn_{n}", f"ch_{n}", encode("pay", payment), gross, fee, currency, **more)
        with atomic() as session:
            captured = journal.post(
                session,
                recipes.payment_captured(
                    payment_id=payment, psp="stripe", charge_id=movement.source, amount=Money(gross, currency),
                    orders=[recipes.OrderPart(new_uuid(), new_uuid(), Money(gross, currency))],
                    effective_at=movement.at,
                ),
                cause=CAUSE,
            )  # fmt: skip
            assert captured is not None
            if fee_booked:
                journal.learn_number(session, "stripe", movement.number, captured.id)
                if fee:
                    booked = recipes.psp_fee(
                        source=movement.payment, psp="stripe", number=movement.number, fee=Money(fee, currency),
                        effective_at=movement.at,
                    )  # fmt: skip
                    journal.post(session, booked, cause=CAUSE)
        self.movements.append(movement)
        return movement

    def rows(self) -> list[dict[str, str]]:
        return [movement.row() for movement in self.movements]


def capture_more(payment: str, charge: str, minor: int, currency: str, *, at: datetime = NOON) -> None:
    """Another capture of a payment, whose number nobody knows."""
    entry = recipes.payment_captured(
        payment_id=decode("pay", payment), psp="stripe", charge_id=charge, amount=Money(minor, currency),
        orders=[recipes.OrderPart(new_uuid(), new_uuid(), Money(minor, currency))], effective_at=at,
    )  # fmt: skip
    with atomic() as session:
        journal.post(session, entry, cause=CAUSE)


def csv_of(rows: Iterable[dict[str, str]], columns: tuple[str, ...] = COLUMNS, end: str = "\n") -> bytes:
    lines = [",".join(columns), *(",".join(row[name] for name in columns) for row in rows)]
    return (end.join(lines) + end).encode()


def receive(content: bytes, *, day: date = DAY, name: str = "file.csv") -> tuple[SettlementFile, bool]:
    delivery = Delivery(psp="stripe", business_on=day, name=name, origin="cli", by="test")
    return receive_file(io.BytesIO(content), delivery, cause=CAUSE)


def compare(day: date = DAY) -> RunOutcome:
    return run_day("stripe", day, by="test", cause=CAUSE)


def alerts(db: Any) -> list[tuple[str, int | None, str | None, str]]:
    rows = db.rows("SELECT code, amount_minor, currency, status FROM alerts ORDER BY code, created_at, id")
    return [(row["code"], row["amount_minor"], row["currency"], row["status"]) for row in rows]


def changed(movement: Movement, **values: Any) -> dict[str, str]:
    return replace(movement, **values).row()


@pytest.fixture
def night(db: Any) -> Night:
    return Night()


@pytest.fixture(autouse=True)
def morning_after() -> Iterable[None]:
    """It is 02:00 of the next day."""
    now = datetime(2026, 3, 15, 2, 0, tzinfo=UTC)
    clock.configure(offset_seconds=int((now - datetime.now(UTC)).total_seconds()))
    yield
    clock.configure(offset_seconds=0)


@pytest.fixture(autouse=True)
def no_contract() -> Iterable[None]:
    """Whatever fee a test makes up is right; `contract` says otherwise."""
    rules.configure(path=None, mock=False)
    yield
    rules.configure(path=None, mock=True)


@pytest.fixture
def contract(no_contract: None) -> None:
    """Fees are 2.9 % and 0.30 EUR, 0 JPY, 0.100 KWD."""
    rules.configure(path=None, mock=True)


@dataclass(frozen=True)
class Ruled:
    """Rules that a test wants: the packaged ones, with words replaced by others."""

    folder: Path

    def __call__(self, *changes: tuple[str, str], mock: bool = True) -> Path:
        text = rules.PACKAGED.read_text(encoding="utf-8")
        for was, now in changes:
            assert was in text, was
            text = text.replace(was, now, 1)
        path = self.folder / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        rules.configure(path=path, mock=mock)
        return path


@pytest.fixture
def ruled(no_contract: None, tmp_path: Path) -> Ruled:
    return Ruled(tmp_path)


@pytest.fixture
def nothing_rounded(ruled: Ruled) -> None:
    """A row may be off by a minor unit, and no batch: a person says what becomes of it. Any fee is right."""
    ruled(("batch_minor: 100", "batch_minor: 0"), ("fees: {minor: 1,", "fees: {minor: 1000000,"))


def days_later(days: int) -> None:
    now = datetime(2026, 3, 15 + days, 2, 0, tzinfo=UTC)
    clock.configure(offset_seconds=int((now - datetime.now(UTC)).total_seconds()))
