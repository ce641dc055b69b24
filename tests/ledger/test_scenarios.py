"""The eighteen scenarios, posted entry by entry, each in a transaction of its own: the database takes every one of
them, and the accounts end where an accountant says they do."""

from __future__ import annotations

import re
from collections import defaultdict
from uuid import UUID

import pytest

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.ledger.chart import CHART, PLATFORM, Account, OwnerKind
from checkout.ledger.entry import Entry, Posting
from checkout.ledger.seals import seal_ledger
from checkout.ledger.verify import verify_ledger
from tests.ledger.conftest import post
from tests.ledger.scenarios import SCENARIOS

LEG = re.compile(
    r"^(?P<side>Dr|Cr) (?P<kind>\w+)(?::(?P<owner>\w+))? (?P<amount>\d+)(?: (?P<currency>[A-Z]{3}))?$"
)
END = re.compile(r"^(?P<kind>\w+)(?::(?P<owner>\w+))? (?P<amount>-?\d+)(?: (?P<currency>[A-Z]{3}))?$")


class Names:
    """One id for each name in a scenario; a seller has one order."""

    def __init__(self) -> None:
        self.ids: dict[str, UUID] = defaultdict(new_uuid)

    def account(self, kind: str, name: str | None, currency: str) -> Account:
        prefixes = {OwnerKind.SELLER: "sel", OwnerKind.PAYMENT: "pay", OwnerKind.CUSTOMER: "cus"}
        match CHART[kind].owner:
            case OwnerKind.PSP:
                owner = "stripe"
            case OwnerKind.PLATFORM:
                owner = PLATFORM
            case OwnerKind.BANK_ACCOUNT:
                owner = "main"
            case OwnerKind.CURRENCY:
                owner = currency
            case personal:
                owner = f"{prefixes[personal]}_{name or 'jo'}"
        return Account(kind, owner)

    def order(self, seller: str | None) -> UUID | None:
        return self.ids[f"order of {seller}"] if seller else None


def parse(line: str, default_currency: str, names: Names, number: int) -> Entry:
    kind, _, text = line.partition(": ")
    legs = [LEG.match(part) for part in text.split("; ")]
    assert all(legs), line
    sellers = [leg["owner"] for leg in legs if leg["owner"]]
    postings = []
    for leg in legs:
        currency = leg["currency"] or default_currency
        sign = 1 if leg["side"] == "Dr" else -1
        of_seller = leg["owner"] or (sellers[0] if sellers else None)
        postings.append(
            Posting(
                names.account(leg["kind"], leg["owner"], currency),
                Money(sign * int(leg["amount"]), currency),
                names.order(of_seller),
            )
        )
    return Entry(kind, f"fact-{number}", "pay_scenario", tuple(postings))


@pytest.mark.parametrize("title", SCENARIOS)
def test_scenario(db, title):
    """Every entry is taken at its commit; what is left on the accounts is the closing line, and the proof holds."""
    currency = title.split()[1]
    *lines, end = [line.strip() for line in SCENARIOS[title].strip().splitlines()]
    names = Names()

    for number, line in enumerate(lines, 1):
        assert post(parse(line, currency, names, number)) is not None
    seal_ledger()

    expected = {}
    for part in end.removeprefix("end: ").split(", "):
        found = END.match(part)
        at_end = found["currency"] or currency
        account = names.account(found["kind"], found["owner"], at_end)
        expected[(account.kind, account.owner, at_end)] = int(found["amount"])
    left = db.rows("""
        SELECT kind, owner, a.currency, sum(amount_minor)::bigint AS balance FROM ledger_accounts AS a
          JOIN postings AS p ON p.account_id = a.id GROUP BY a.id HAVING sum(amount_minor) <> 0
    """)
    assert {(row["kind"], row["owner"], row["currency"]): row["balance"] for row in left} == expected
    report = verify_ledger()
    assert report.differences == ()
    assert (report.entries, report.unsealed_entries) == (len(lines), 0)


def test_there_are_eighteen():
    """None was lost on the way here."""
    assert [title.split()[0] for title in SCENARIOS] == [f"S{n}" for n in range(1, 19)]
