"""What an event of the PSP says of a seller's account or of money on its way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checkout.psp.port.accounts import ConnectedAccount
from checkout.psp.port.money_out import BankPayout, Transfer, TransferReversal


@dataclass(frozen=True, slots=True)
class AccountNews:
    """account.updated: how the account stood when the event was made. Events come late and out of order: an older
    one than what is known already is a reason to read the account again, never to believe it."""

    account: ConnectedAccount
    at: datetime


@dataclass(frozen=True, slots=True)
class TransferNews:
    """transfer.created, .updated, .reversed: the transfer, and what was taken back of it so far, as far as the event
    shows it (`reversals_complete` False: list them)."""

    transfer: Transfer
    reversals: tuple[TransferReversal, ...]
    reversals_complete: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class BankPayoutNews:
    """payout.created, .updated, .paid, .failed, .canceled. `payout.account` is PLATFORM for our own payouts. A good
    fact (paid) may be taken from it; a bad end (failed, canceled) is read again first."""

    payout: BankPayout
    at: datetime


MoneyOutNews = AccountNews | TransferNews | BankPayoutNews
