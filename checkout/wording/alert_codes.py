"""The alerts of settlement as people read them: what each code means, how bad it is, what to do first, how it ends.

The pages, the documents at /docs/alerts/<code> and the emails are made from this one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from checkout.alerts import Severity

CLAIM: Final = "claim it from the PSP"
BOOK: Final = "book it onto the account that explains it"
WRITE_OFF: Final = "write it off, which a second person decides"
JOIN: Final = "join it with the record that it belongs to"
NOT_OURS: Final = "say that it is not ours, which a second person decides"
LATER: Final = "put it off until a day: it will come"
TWICE: Final = "told twice: nothing is booked"
ROUNDING: Final = "accept it as rounding, where it is no more than that"
NEW_FILE: Final = "a corrected file of the PSP, compared again"
CLOSES: Final = "it closes by itself"
LOOKED: Final = "close it with a note, once it has been looked into"
WHERE_MONEY_IS: Final = "it is mended where the money is, and closes then"


@dataclass(frozen=True, slots=True)
class AlertCode:
    """`severity`: what it begins with, before amount and age count. None: no alert is opened for it."""

    word: str
    meaning: str
    severity: Severity | None
    first_step: str
    ways_out: tuple[str, ...]


# The closed list, in the order in which a night comes to them.
ALERT_CODES: Final[Mapping[str, AlertCode]] = MappingProxyType(
    {
        "missing_at_psp": AlertCode(
            "Missing at the PSP",
            "We hold money that was captured, and no row of the files around that day tells of it.",
            "high",
            "Look whether the row stands in the next day's file. If not, ask the PSP for the movement by its number.",
            (CLOSES, LATER, CLAIM, BOOK, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "missing_in_ledger": AlertCode(
            "Missing in our books",
            "The PSP tells of a charge that our books do not have: its message was lost, or it was made elsewhere.",
            "high",
            "Look at the payment: a lost message or an act in the PSP's dashboard. Book it onto what it is.",
            (CLOSES, BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "amount_mismatch": AlertCode(
            "Amount differs",
            "Both sides know the movement, and its gross amount differs.",
            "high",
            "Compare the charge in the PSP's dashboard with ours. Claim what it took too little of.",
            (CLAIM, BOOK, ROUNDING, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "fee_mismatch": AlertCode(
            "Fee differs",
            "The fee of the row is another one than our books or the contract have.",
            "medium",
            "Compare the fee with the contract. Book what is right onto PSP fees, claim what is not.",
            (BOOK, CLAIM, ROUNDING, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "net_mismatch": AlertCode(
            "Row does not add up",
            "In the row itself gross less fee is not net. It is kept out of the comparison.",
            "high",
            "The row contradicts itself. Ask the PSP for a corrected file.",
            (NEW_FILE, BOOK, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "currency_mismatch": AlertCode(
            "Currency differs",
            "The movement was settled in another currency than the one our books have it in.",
            "high",
            "Look in which currency the PSP settles this one. Nothing is converted by itself.",
            (BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "fx_rate_mismatch": AlertCode(
            "Exchange rate differs",
            "It was settled in the declared currency, at another rate than the one that holds for it.",
            "high",
            "Compare the rate of the row with the one agreed. Book a fair difference onto the FX result.",
            (BOOK, CLAIM, ROUNDING, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "rounding": AlertCode(
            "Rounding",
            "No more than one minor unit a row, within the bound of its batch.",
            "low",
            "Nothing, as long as it stays that small: it is booked onto the rounding account.",
            (CLOSES, ROUNDING),
        ),
        "status_mismatch": AlertCode(
            "State differs",
            "Ours is pending or failed and theirs is settled, or the other way round.",
            "high",
            "Ask the PSP for the charge's state: a row never decides it.",
            (CLOSES, BOOK, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "duplicate_line": AlertCode(
            "Told twice",
            "The same movement stands in the files twice. Its second row is not booked.",
            "low",
            "Nothing is booked twice. Close it as told twice once you have seen both rows.",
            (TWICE, JOIN),
        ),
        "duplicate_file": AlertCode(
            "Same batch, other content",
            "A file of a batch that is here already came with other content. It is refused.",
            "high",
            "Ask the PSP which of the two files holds, and why there are two.",
            (LOOKED,),
        ),
        "duplicate_capture": AlertCode(
            "Charged twice",
            "The PSP charged the same payment twice.",
            "high",
            "Look at both charges in the PSP's dashboard. The shopper gets the second one back.",
            (WHERE_MONEY_IS, BOOK, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "timing_cutoff": AlertCode(
            "In a neighbouring file",
            "The row stands in the file of the day before or after: it was moved near midnight.",
            None,
            "Nothing: it is matched with the neighbouring file.",
            (CLOSES,),
        ),
        "direction_mismatch": AlertCode(
            "Sign is the other one",
            "The row takes what our books have received, or the other way round.",
            "high",
            "Look whether the row is a refund or a correction that bears the charge's number.",
            (BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "unknown_reference": AlertCode(
            "Unknown reference",
            "The row names a movement that nothing of ours bears. Its amount lies in suspense.",
            "high",
            "Look at the suggested matches, then for the number in the PSP's dashboard.",
            (BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "unknown_type": AlertCode(
            "Unknown type of row",
            "The PSP uses a word for the row that we do not know. Its amount lies in suspense.",
            "medium",
            "Look up the word in the PSP's documents, and book the amount onto what it is.",
            (BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "refund_unmatched": AlertCode(
            "Refund without ours",
            "The PSP gave money back that no refund of ours asked for.",
            "high",
            "Look for a refund made in the PSP's dashboard.",
            (CLOSES, BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "dispute_unmatched": AlertCode(
            "Dispute without ours",
            "The PSP took money for a dispute that we were not told of.",
            "high",
            "Look for the dispute in the PSP's dashboard: its message may have been lost.",
            (CLOSES, BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "payout_mismatch": AlertCode(
            "Payout differs",
            "The sum of the batch, of its rows and of the bank's credit are not the same.",
            "high",
            "Hold the payout of the PSP's dashboard against the bank statement, line by line.",
            (CLAIM, BOOK, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "seller_split_mismatch": AlertCode(
            "Seller's part differs",
            "What went to the seller is another amount than our books gave them.",
            "high",
            "Hold the transfer against the order's split. A seller who got too little is made whole.",
            (BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "transfer_unmatched": AlertCode(
            "Transfer without ours",
            "The PSP moved money to or from a seller, and no payout of ours asked for it.",
            "high",
            "Look for a transfer made in the PSP's dashboard, and whose it is.",
            (BOOK, CLAIM, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "account_level": AlertCode(
            "Fee or correction of the account",
            "A fee or correction that names no payment. It is booked onto PSP fees.",
            None,
            "Nothing, unless the amount surprises you: then compare it with the contract.",
            (CLOSES, BOOK),
        ),
        "file_missing": AlertCode(
            "File missing",
            "No settlement file of that day has come.",
            "high",
            "Ask the PSP for the file, or hand it in.",
            (CLOSES, LOOKED),
        ),
        "file_late": AlertCode(
            "File is late",
            "The file came after it had been missed. Its day is compared now.",
            "low",
            "Look how the day came out, and whether the PSP is late more often.",
            (LOOKED,),
        ),
        "file_gap": AlertCode(
            "Day was passed by",
            "Nobody fetched the file of that day in its night. It is made up for.",
            "medium",
            "Look whether the platform stood still that night, and how the day came out.",
            (CLOSES, LOOKED),
        ),
        "schema_drift": AlertCode(
            "Columns changed",
            "A column that is needed is not in the file. The file is refused whole.",
            "high",
            "The PSP changed its columns. The file is refused until its format is known.",
            (NEW_FILE, LOOKED),
        ),
        "settlement_file_invalid": AlertCode(
            "File refused",
            "The file is broken: encoding, totals, archive, or too many rows that cannot be read.",
            "high",
            "Read the first lines it was refused for, and ask the PSP for the file once more.",
            (NEW_FILE, LOOKED),
        ),
        "row_rejected": AlertCode(
            "Row cannot be read",
            "A single row is malformed. It is kept out, and holds the day open.",
            "high",
            "Read the row in the file. Ask the PSP for a corrected file.",
            (NEW_FILE, BOOK, JOIN, WRITE_OFF, NOT_OURS),
        ),
        "ledger_unbalanced": AlertCode(
            "Books do not agree",
            "A figure that we keep is not what the entries of the journal come to.",
            "critical",
            "Post nothing more by hand. Find the figure under Ledger, and the first entry at which it differs.",
            (WHERE_MONEY_IS,),
        ),
        "psp_balance_mismatch": AlertCode(
            "Balance at the PSP differs",
            "The balance that the PSP states is not the one that our books have with it.",
            "critical",
            "Compare the last days: a difference that is open there explains it, or a day was not compared.",
            (WHERE_MONEY_IS,),
        ),
        "platform_funds_short": AlertCode(
            "Platform's funds are short",
            "Less lies with the PSP than sellers may ask for.",
            "critical",
            "Send money to the PSP's balance, or hold the payouts that can wait.",
            (WHERE_MONEY_IS,),
        ),
    }
)


def alert_word(code: str) -> str:
    """A code without words of its own says its name."""
    known = ALERT_CODES.get(code)
    return known.word if known else code.replace("_", " ").capitalize()


def first_step(code: str) -> str:
    """Empty where there is none to name."""
    known = ALERT_CODES.get(code)
    return known.first_step if known else ""
