"""What of all open differences is explained already: the sum of what is so of each, in as few statements for many."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from checkout.core.money import Money
from checkout.db import statement
from checkout.db.session import atomic
from checkout.reconciliation.desk import parts
from checkout.reconciliation.desk.rest import unexplained
from checkout.reconciliation.night.put_aside import put_aside
from tests.reconciliation.conftest import CAUSE, DAY, changed, compare, csv_of, days_later, receive
from tests.reconciliation.desk.test_link import alerts_of, link
from tests.reconciliation.desk.test_parts import adjustment, resolve

NEXT_DAY = DAY.replace(day=15)


def one_by_one(db: Any) -> dict[str, int]:
    """As the page of each alert has it."""
    sums: Counter[str] = Counter()
    with atomic() as session:
        for row in db.rows("SELECT id FROM alerts WHERE status <> 'resolved'"):
            found = unexplained(session, row["id"])
            sums[found.whole.currency] += (found.whole - found.beyond).amount_minor
    return {code: minor for code, minor in sums.items() if minor}


def mixed(night: Any) -> None:
    """Parts claimed, a join with something left, lines in suspense explained in part, one that is gone: in two currencies."""
    short = [changed(night.charge(2490), gross=2390) for _ in range(2)]
    short.append(changed(night.charge(1000, currency="JPY"), gross=400))
    late = night.charge(5000)
    night.charge(7700)
    unknown = [adjustment(night, f"txn_adj{n}", minor, "EUR") for n, minor in enumerate((7000, 300))]
    receive(csv_of([*short, *unknown]))
    days_later(2)
    compare()
    for alert, part in zip(alerts_of("amount_mismatch"), (60, 10, 100), strict=True):
        currency = "JPY" if part == 100 else "EUR"
        resolve(alert, "psp_claim", amount=Money(part, currency))
    of_late, of_missing = alerts_of("missing_at_psp")
    resolve(of_late, "psp_claim", amount=Money(400, "EUR"))
    large, small = alerts_of("unknown_reference")
    link(of_missing, large)
    put_aside("stripe", DAY, cause=CAUSE)
    compare()
    resolve(small, "post_correction", account="psp_fees", amount=Money(-100, "EUR"))
    receive(csv_of([late.row()]), day=NEXT_DAY, name="late.csv")
    compare()


def test_all_together_are_what_each_is(db: Any, night: Any) -> None:
    """0.60, 0.10 and 4.00 claimed, 70.00 joined, 1.00 booked of a line that is against us; 100 yen."""
    mixed(night)

    found = {code: minor for code, minor in parts.all_explained_in_parts().items() if minor}

    assert found == one_by_one(db)
    assert found["JPY"] == 100
    assert set(found) == {"EUR", "JPY"}


def test_it_is_as_few_statements_for_many_as_for_one(
    db: Any, night: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one batch: each is read once, and of none is anything asked by itself."""
    mixed(night)
    whole = parts.all_explained_in_parts()
    sent, send = [], statement.send
    monkeypatch.setattr(statement, "send", lambda *a, **k: sent.append(a[1]) or send(*a, **k))

    assert parts.all_explained_in_parts() == whole
    assert len(sent) <= 12, "what was claimed is asked for each currency"
    monkeypatch.setattr(parts, "BATCH", 2)
    assert parts.all_explained_in_parts() == whole
