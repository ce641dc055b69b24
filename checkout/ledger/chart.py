"""The chart of accounts, as data: what each kind of account holds, whose it is, and on which side it stands.

An account is (kind, owner, currency). The currency comes with the amount of a posting; here stand kind and owner.
Owners are public ids as text, so that a line of the journal can be read without a join.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID

from checkout.core.ids import encode

PLATFORM: Final = "platform"


class Side(IntEnum):
    """Debit is positive, credit is negative: the sign of `amount_minor`."""

    DEBIT = 1
    CREDIT = -1


class AccountClass(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


class OwnerKind(StrEnum):
    PSP = "psp"
    SELLER = "seller"
    PAYMENT = "payment"
    CUSTOMER = "customer"
    PLATFORM = "platform"
    BANK_ACCOUNT = "bank account"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class AccountKind:
    """One line of the chart. `either_side`: may end on the side that is not its normal one."""

    name: str
    account_class: AccountClass
    owner: OwnerKind
    holds: str
    either_side: bool = False

    @property
    def normal_side(self) -> Side:
        debit = self.account_class in (AccountClass.ASSET, AccountClass.EXPENSE)
        return Side.DEBIT if debit else Side.CREDIT


_A, _L, _I, _E = AccountClass.ASSET, AccountClass.LIABILITY, AccountClass.INCOME, AccountClass.EXPENSE
_O = OwnerKind

CHART: Final[dict[str, AccountKind]] = {
    line.name: line
    for line in (
        AccountKind(
            "psp_balance", _A, _O.PSP, "our balance at the PSP, available and pending", either_side=True
        ),
        AccountKind(
            "connected_balance", _A, _O.SELLER, "with the seller's account at the PSP, not yet in a bank"
        ),
        AccountKind("bank_in_transit", _A, _O.PSP, "paid out by the PSP, not yet on a bank statement"),
        AccountKind("bank", _A, _O.BANK_ACCOUNT, "what the bank statement shows", either_side=True),
        AccountKind("psp_claims", _A, _O.PSP, "claimed from the PSP, not yet paid"),
        AccountKind("fx_clearing", _A, _O.CURRENCY, "the two legs of a conversion", either_side=True),
        AccountKind("suspense", _L, _O.PSP, "moved at the PSP, not yet explained", either_side=True),
        AccountKind("unapplied", _L, _O.PAYMENT, "taken by the PSP, belongs to no live order"),
        AccountKind("seller_pending", _L, _O.SELLER, "captured, order not released"),
        AccountKind(
            "seller_available",
            _L,
            _O.SELLER,
            "earned and payable; a debt after a late refund",
            either_side=True,
        ),
        AccountKind("seller_reserve", _L, _O.SELLER, "held back for a number of days"),
        AccountKind("payout_in_transit", _L, _O.SELLER, "reserved for a payout that has not arrived"),
        AccountKind("refund_in_transit", _L, _O.PSP, "asked of the PSP, not yet taken from psp_balance"),
        AccountKind("customer_wallet", _L, _O.CUSTOMER, "store credit, free"),
        AccountKind("customer_wallet_held", _L, _O.CUSTOMER, "store credit held by an open checkout"),
        AccountKind("tax_payable", _L, _O.PLATFORM, "tax that the platform collects", either_side=True),
        AccountKind("commission_revenue", _I, _O.PLATFORM, "commission earned on release", either_side=True),
        AccountKind(
            "logistics_revenue", _I, _O.PLATFORM, "logistics fees earned on release", either_side=True
        ),
        AccountKind("payout_fee_revenue", _I, _O.PLATFORM, "fees of instant payouts", either_side=True),
        AccountKind("fx_margin_revenue", _I, _O.PLATFORM, "markup on conversions", either_side=True),
        AccountKind("psp_fees", _E, _O.PLATFORM, "the PSP's processing fees", either_side=True),
        AccountKind("dispute_fees", _E, _O.PLATFORM, "what the PSP charges for a dispute", either_side=True),
        AccountKind(
            "seller_losses", _E, _O.PLATFORM, "disputes and debts that no seller bears", either_side=True
        ),
        AccountKind("settlement_losses", _E, _O.PLATFORM, "written-off differences", either_side=True),
        AccountKind("promotions", _E, _O.PLATFORM, "granted store credit", either_side=True),
        AccountKind("fx_result", _E, _O.PLATFORM, "realised exchange differences", either_side=True),
        AccountKind("rounding", _E, _O.PLATFORM, "rounding", either_side=True),
    )
}

# Postings on these belong to one order, always: what an order still holds is the sum of its postings.
OF_ONE_ORDER: Final = frozenset({"seller_pending", "commission_revenue", "logistics_revenue", "tax_payable"})


@dataclass(frozen=True, slots=True)
class Account:
    """A kind and its owner; the posting's amount says the currency."""

    kind: str
    owner: str

    def __post_init__(self) -> None:
        assert self.kind in CHART, f"{self.kind} is not in the chart of accounts"
        assert self.owner, "an account has an owner"


def psp_balance(psp: str) -> Account:
    return Account("psp_balance", psp)


def connected_balance(seller_id: UUID | str) -> Account:
    return Account("connected_balance", _public("sel", seller_id))


def bank_in_transit(psp: str) -> Account:
    return Account("bank_in_transit", psp)


def bank(bank_account: str) -> Account:
    return Account("bank", bank_account)


def psp_claims(psp: str) -> Account:
    return Account("psp_claims", psp)


def fx_clearing(currency: str) -> Account:
    return Account("fx_clearing", currency)


def suspense(psp: str) -> Account:
    return Account("suspense", psp)


def unapplied(payment_id: UUID | str) -> Account:
    return Account("unapplied", _public("pay", payment_id))


def seller_pending(seller_id: UUID | str) -> Account:
    return Account("seller_pending", _public("sel", seller_id))


def seller_available(seller_id: UUID | str) -> Account:
    return Account("seller_available", _public("sel", seller_id))


def seller_reserve(seller_id: UUID | str) -> Account:
    return Account("seller_reserve", _public("sel", seller_id))


def payout_in_transit(seller_id: UUID | str) -> Account:
    return Account("payout_in_transit", _public("sel", seller_id))


def refund_in_transit(psp: str) -> Account:
    return Account("refund_in_transit", psp)


def customer_wallet(customer_id: UUID | str) -> Account:
    return Account("customer_wallet", _public("cus", customer_id))


def customer_wallet_held(customer_id: UUID | str) -> Account:
    return Account("customer_wallet_held", _public("cus", customer_id))


TAX_PAYABLE: Final = Account("tax_payable", PLATFORM)
COMMISSION_REVENUE: Final = Account("commission_revenue", PLATFORM)
LOGISTICS_REVENUE: Final = Account("logistics_revenue", PLATFORM)
PAYOUT_FEE_REVENUE: Final = Account("payout_fee_revenue", PLATFORM)
FX_MARGIN_REVENUE: Final = Account("fx_margin_revenue", PLATFORM)
PSP_FEES: Final = Account("psp_fees", PLATFORM)
DISPUTE_FEES: Final = Account("dispute_fees", PLATFORM)
SELLER_LOSSES: Final = Account("seller_losses", PLATFORM)
SETTLEMENT_LOSSES: Final = Account("settlement_losses", PLATFORM)
PROMOTIONS: Final = Account("promotions", PLATFORM)
FX_RESULT: Final = Account("fx_result", PLATFORM)
ROUNDING: Final = Account("rounding", PLATFORM)


def _public(prefix: str, id: UUID | str) -> str:
    """The public form of an id, whichever form is at hand."""
    if isinstance(id, UUID):
        return encode(prefix, id)
    assert id.startswith(f"{prefix}_"), f"{id} is no {prefix}_ id"
    return id
