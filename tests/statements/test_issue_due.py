"""Statements of months that are over are there without anybody asking: once, for all, and corrected where it was late."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from checkout.core.ids import encode
from checkout.statements import StatementUnsound, issue_due, list_issued
from checkout.statements.issue_due import Issued
from checkout.statements.issue_due import issue_due as issue
from tests.payouts.conftest import seller_of
from tests.statements.test_statements import day, earn

__all__ = ["seller_of"]

BERLIN = ZoneInfo("Europe/Berlin")
JUNE_BEGAN = datetime(2025, 5, 31, 22, tzinfo=UTC)  # midnight in Berlin
MORNING = datetime(2025, 6, 1, 4, tzinfo=UTC)


def issued(seller):
    """(month, currency, revision, closing), the oldest month first."""
    found = [
        (f"{each.subject.month:%Y-%m}", each.subject.currency, each.revision, each.closing.amount_minor)
        for each in list_issued(seller)
    ]
    return sorted(found)


def test_every_seller_has_the_statement_of_the_month_that_is_over(db, seller_of):
    """Ada in euros and yen, Bao in dinars; a second run issues nothing, and who earned nothing gets nothing."""
    ada, bao, idle = seller_of(), seller_of(), seller_of()
    with time_machine.travel(day(5), tick=False):
        earn(ada, 1000, day(5))
        earn(ada, 967, day(5), "JPY")
        earn(bao, 6492, day(5, 20), "KWD")

    with time_machine.travel(MORNING, tick=False):
        assert issue(BERLIN) == Issued(3, 1)
        assert issue(BERLIN) == Issued(0, 0)

    assert issued(ada) == [("2025-05", "EUR", 1, 1000), ("2025-05", "JPY", 1, 967)]
    assert issued(bao) == [("2025-05", "KWD", 1, 6492)]
    assert issued(idle) == []
    assert db.value("SELECT count(*) FROM statements") == 3


def test_the_month_ends_in_the_business_zone_and_has_the_night_to_settle(seller_of):
    """Nothing at the last moment of May in Berlin, nor in the six hours after it."""
    seller = seller_of()
    with time_machine.travel(day(5), tick=False):
        earn(seller, 1000, day(5))

    for moment in (JUNE_BEGAN.replace(minute=0), MORNING.replace(hour=3, minute=59)):
        with time_machine.travel(moment, tick=False):
            assert issue(BERLIN) == Issued(0, 0)
    with time_machine.travel(MORNING, tick=False):
        assert issue(BERLIN) == Issued(1, 1)


def test_what_is_booked_late_makes_the_next_revision_of_that_month_and_of_those_after_it(seller_of):
    """2.50 for May booked in July: May and June are corrected, the other seller's are not."""
    ada, bao = seller_of(), seller_of()
    with time_machine.travel(day(5), tick=False):
        earn(ada, 1000, day(5))
        earn(bao, 500, day(5))
    with time_machine.travel(day(7, 2), tick=False):
        assert issue(BERLIN) == Issued(4, 2)
        earn(ada, 250, day(5, 20))

        issue(BERLIN)
        issue(BERLIN)

    assert issued(ada) == [("2025-05", "EUR", 2, 1250), ("2025-06", "EUR", 2, 1250)]
    assert issued(bao) == [("2025-05", "EUR", 1, 500), ("2025-06", "EUR", 1, 500)]
    (may,) = [each for each in list_issued(ada) if each.subject.month.month == 5]
    assert may.document["corrects"]["changes"][0] == {"line": "sales", "before": 1000, "after": 1250}


def test_a_month_of_many_sellers_goes_on_where_it_stopped(db, seller_of, monkeypatch):
    """Two a period of five sellers, and the process dies after the first issue of the second: each has one."""
    monkeypatch.setattr("checkout.statements.issue_due.STATEMENTS_AT_MOST", 2)
    sellers = [seller_of() for _ in range(5)]
    with time_machine.travel(day(5), tick=False):
        for seller in sellers:
            earn(seller, 1000, day(5))

    class Killed(BaseException):
        pass

    real, calls = issue_due.issue_month, []

    def dies(*arguments):
        calls.append(arguments)
        made = real(*arguments)
        if len(calls) == 3:
            raise Killed
        return made

    monkeypatch.setattr(issue_due, "issue_month", dies)
    with time_machine.travel(MORNING, tick=False):
        assert issue(BERLIN) == Issued(2, 0)
        with pytest.raises(Killed):
            issue(BERLIN)
        while issue(BERLIN).statements:
            pass

    assert [len(issued(seller)) for seller in sellers] == [1] * 5
    assert db.value("SELECT finished_at IS NOT NULL FROM statement_months")


def test_one_that_does_not_add_up_keeps_no_other_back(seller_of, monkeypatch):
    """It is not issued; the other seller's is."""
    wrong, fine = seller_of(), seller_of()
    with time_machine.travel(day(5), tick=False):
        earn(wrong, 1000, day(5))
        earn(fine, 500, day(5))
    real = issue_due.issue_month

    def unsound(seller, *arguments):
        if seller == wrong:
            raise StatementUnsound(f"the statement of {encode('sel', seller)} does not add up")
        return real(seller, *arguments)

    monkeypatch.setattr(issue_due, "issue_month", unsound)
    with time_machine.travel(MORNING, tick=False):
        assert issue(BERLIN) == Issued(2, 1)

    assert (issued(wrong), issued(fine)) == ([], [("2025-05", "EUR", 1, 500)])
