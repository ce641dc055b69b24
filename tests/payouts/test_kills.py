"""kill -9 at each named point of a payout's way, over the wire to the mock PSP, and two who go on at once afterwards:
one transfer, one bank payout, one reversal, each fact booked once."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from checkout.ledger.verify import verify_ledger
from checkout.payouts.apply_news import apply_bank_payout
from checkout.payouts.payout import read_payout
from tests.payouts.conftest import fund
from tests.payouts.doomed import Doomed, doomed
from tests.payouts.mock_bank import CAUSE, MockBank, mock_bank
from tests.payouts.test_crashes import BACK, OF_THE_RUN, OF_THE_SWEEP, THERE
from tests.payouts.test_way_to_the_bank import entries, places, status
from tests.payouts.test_with_the_mock import DAY, _paid, ask

# One group: the processes are forked from one parent, which each process of pytest-xdist would start for itself.
pytestmark = pytest.mark.xdist_group("payouts")

KILLED = -signal.SIGKILL
FRIDAY = "2026-11-20"


@pytest.fixture(scope="module")
def processes() -> Iterator[Doomed]:
    with doomed() as parent:
        yield parent


@pytest.fixture
def bank(db, tmp_path) -> Iterator[MockBank]:
    with mock_bank(tmp_path) as running:
        running.top_up(1_000_000)
        yield running


@pytest.fixture
def job(db, bank):
    """What a process does, and where it is killed."""
    return lambda do, point=None, **more: {
        "do": do,
        "point": point,
        "database": db.url,
        "psp": bank.running.base,
        **more,
    }


def the_lease_passes(db):
    db.rows("UPDATE tasks SET lease_until = now() - interval '1 second' WHERE status = 'claimed'")


def go_on(db, processes, job, payout):
    """Two at the same moment and one who takes the task up. Whom the PSP tells that the key is in use (HTTP 409) tries
    again after its wait, which is over at once here."""
    both = job("advance", payout=str(payout.id))
    assert processes.run(both, both, job("work")) == [0, 0, 0]
    db.rows("UPDATE tasks SET due_at = now() - interval '1 second' WHERE status = 'ready' AND attempts > 0")
    assert processes.run(job("work")) == [0]


def done(bank, kind):
    return [(entry["reference"], entry["amount"]) for entry in bank.journal(kind)]


@pytest.mark.parametrize("point", [*THERE, "tasks.before_finish"])
def test_a_worker_killed_on_the_way_to_the_bank(db, bank, processes, job, point):
    """Its lease passes; two others go on, at the same moment, and one of them takes its task up."""
    seller = bank.seller()
    fund(seller, 1050)
    payout = ask(seller, bank)

    assert processes.run(job("work", point)) == [KILLED]
    the_lease_passes(db)
    go_on(db, processes, job, payout)

    assert (status(payout), places(seller)) == ("in_transit", (0, 1050, 1050))
    assert done(bank, "transfer") == done(bank, "payout") == [(payout.public_id, 1050)]
    assert entries(db, payout) == ["payout_created", "payout_transferred"]
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'payouts.advance' AND status <> 'done'") == 0
    assert verify_ledger().holds


def test_without_its_key_the_next_worker_would_send_it_again(bank, db, processes, job):
    """The control: a PSP that keeps no keys makes a second transfer after the kill, and the journal shows it."""
    seller = bank.seller()
    fund(seller, 1050)
    payout = ask(seller, bank)
    bank.control("POST", "faults", {"path": "/v1/transfers", "kind": "forget_keys"})

    assert processes.run(job("work", "payouts.after_transfer_answer")) == [KILLED]
    processes.run(job("advance", payout=str(payout.id)))

    assert done(bank, "transfer") == [(payout.public_id, 1050)] * 2


@pytest.mark.parametrize("point", BACK)
def test_a_worker_killed_on_the_way_back(db, bank, processes, job, point):
    """The bank did not keep it: the transfer comes back once, and the amount is the seller's once."""
    seller = bank.seller()
    _paid(bank, seller, "4000990000001903")
    fund(seller, 1050)
    payout = ask(seller, bank)
    assert processes.run(job("work")) == [0]
    for _ in range(3):
        bank.pass_time(DAY)
    sent = read_payout(payout.id)
    apply_bank_payout(
        "stripe", bank.adapter.fetch_payout(str(sent.psp_payout_id), account=sent.psp_account), cause=CAUSE
    )
    assert status(payout) == "reversing"

    assert processes.run(job("work", point)) == [KILLED]
    the_lease_passes(db)
    go_on(db, processes, job, payout)

    assert (status(payout), places(seller)) == ("failed", (1050, 0, 0))
    assert len(bank.journal("reversal")) == 1
    assert entries(db, payout)[-2:] == ["transfer_reversed", "payout_released"]
    assert verify_ledger().holds


@pytest.mark.parametrize("point", OF_THE_RUN)
def test_a_run_killed_after_a_batch_and_two_that_go_on_with_it(db, bank, processes, job, point):
    """Two of five sellers have their payouts; then two runs at once: each seller has one."""
    sellers = [bank.seller(f"Seller {number}") for number in range(5)]
    db.rows("UPDATE sellers SET payout_schedule = 'weekly'")
    for seller in sellers:
        fund(seller, 1000)

    assert processes.run(job("run", point, day=FRIDAY)) == [KILLED]
    assert db.value("SELECT count(*) FROM payouts") == 2
    assert processes.run(job("run", day=FRIDAY), job("run", day=FRIDAY)) == [0, 0]
    assert processes.run(job("work"), job("work")) == [0, 0]

    assert db.rows("SELECT count(*) AS n, count(DISTINCT seller_id) AS sellers FROM payouts") == [
        {"n": 5, "sellers": 5}
    ]
    assert sorted(amount for _, amount in done(bank, "transfer")) == [1000] * 5
    assert {places(seller) for seller in sellers} == {(0, 1000, 1000)}
    assert db.value("SELECT finished_at IS NOT NULL FROM payout_runs")


@pytest.mark.parametrize("point", OF_THE_SWEEP)
def test_a_sweep_killed_half_way(db, bank, processes, job, point):
    """All but the seller's 10.50 leaves once, whoever goes on."""
    fund(bank.seller(), 1050)

    assert processes.run(job("sweep", point)) == [KILLED]
    assert processes.run(job("sweep"), job("sweep")) == [0, 0]

    assert done(bank, "payout")[0][1] == 1_000_000 - 1050
    assert len(done(bank, "payout")) == 1
    assert db.rows("SELECT amount_minor, status FROM platform_payouts") == [
        {"amount_minor": 1_000_000 - 1050, "status": "in_transit"}
    ]
