"""What will become of a payout. Mostly its test bank account says it; two test cards have a word in it, once each.

A charge with such a card leaves a mark for the sellers that its session names in `metadata[sellers]` (their ids,
separated by commas; a session that names none means any seller). The next payout in the charge's currency on the
account of one of them (`metadata[seller]` of the account) takes the mark away and fails, or comes back.
"""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import banks
from checkout.mockpsp.behaviours import Fate
from checkout.mockpsp.work import Work

Json = dict[str, Any]
MAX_MARKS: Final = 1_000  # looked through for one payout; there are as many as such cards have paid


def leave_mark(work: Work, checkout: Json, fate: Fate) -> None:
    """A charge with one of the two cards was captured."""
    sellers = str(checkout["metadata"].get("sellers", ""))
    work.tx.run(
        "insert into payout_marks (currency, sellers, fate) values (?, ?, ?)",
        [checkout["currency"], sellers, fate.value],
    )


def of(work: Work, account_id: str, bank: Json, currency: str) -> Json:
    """`{"fate", "code", "message"}` of a payout that is being made; takes a mark away where one is meant for it."""
    test_bank = banks.by_slug(bank["fingerprint"])
    if test_bank.failure is not None:
        fate = Fate.RETURNS if test_bank.returns else Fate.FAILS
        return _told(fate, test_bank.failure)
    marked = _take_mark(work, account_id, currency) if account_id else None
    if marked is None:
        return {"fate": Fate.ARRIVES.value}
    return _told(marked, banks.ACCOUNT_CLOSED if marked is Fate.FAILS else banks.COULD_NOT_PROCESS)


def _told(fate: Fate, failure: banks.Failure) -> Json:
    return {"fate": fate.value, "code": failure.code, "message": failure.message}


def _take_mark(work: Work, account_id: str, currency: str) -> Fate | None:
    account = work.tx.get("account", account_id)
    seller = account["metadata"].get("seller") if account else None
    rows = work.tx.run(
        "select seq, sellers, fate from payout_marks where currency = ? order by seq limit ?",
        [currency, MAX_MARKS],
    ).fetchall()
    for seq, sellers, fate in rows:
        if not sellers or seller in sellers.split(","):
            work.tx.run("delete from payout_marks where seq = ?", [seq])
            return Fate(fate)
    return None
