"""Writes docs/test-cards.md from the table: `python -m checkout.mockpsp.card_docs > docs/test-cards.md`."""

from __future__ import annotations

import sys

from checkout.mockpsp import banks
from checkout.mockpsp.behaviours import Family
from checkout.mockpsp.card_table import TABLE

_INTRODUCTION = """\
# Test cards and test bank accounts

What the mock PSP's hosted page takes. This page is generated from `checkout/mockpsp/card_table.py`, which also makes the
list on the hosted page; a test fails when the two differ. Any future expiry date and any security code will do.
A number that is not listed is declined: `test_mode_live_card` where its check digit is right, else `incorrect_number`.
"""


_BANKS = """\
## Bank accounts of sellers

Where payouts go: the account that a seller names while onboarding, or that the platform sets. Any other number is an
ordinary account.
"""


def markdown() -> str:
    parts = [_INTRODUCTION]
    for family in Family:
        heading = "IBAN" if family is Family.BANK_DEBIT else "Card number"
        rows = [f"| `{row.spaced}` | {row.says} |" for row in TABLE if row.family is family]
        parts.append(
            "\n".join([f"## {family.value}\n", f"| {heading} | What happens |", "|---|---|", *rows, ""])
        )
    rows = [f"| `{row.spaced}` | {row.says} |" for row in banks.TABLE]
    parts.append("\n".join([_BANKS, "| IBAN | What a payout to it does |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(markdown())
