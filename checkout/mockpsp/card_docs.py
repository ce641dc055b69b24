"""Writes docs/test-cards.md from the table: `python -m checkout.mockpsp.card_docs > docs/test-cards.md`."""

from __future__ import annotations

import sys

from checkout.mockpsp.behaviours import Family
from checkout.mockpsp.cards import TABLE

_INTRODUCTION = """\
# Test cards and test bank accounts

What the mock PSP's hosted page takes. This page is generated from `checkout/mockpsp/cards.py`, which also makes the
list on the hosted page; a test fails when the two differ. Any future expiry date and any security code will do.
A number that is not listed is declined: `test_mode_live_card` where its check digit is right, else `incorrect_number`.
"""


def markdown() -> str:
    parts = [_INTRODUCTION]
    for family in Family:
        heading = "IBAN" if family is Family.BANK_DEBIT else "Card number"
        rows = [f"| `{row.spaced}` | {row.says} |" for row in TABLE if row.family is family]
        parts.append(
            "\n".join([f"## {family.value}\n", f"| {heading} | What happens |", "|---|---|", *rows, ""])
        )
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(markdown())
