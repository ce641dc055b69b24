"""What the product asks of a payment service provider: requests, results and the protocol, in our words only.

An adapter translates to one PSP's wire and back, raises only psp/errors.py, and is never called inside a transaction.
"""

from checkout.psp.port.accounts import (
    AccountLink,
    BankAccount,
    ConnectedAccount,
    CreateConnectedAccount,
    Requirements,
    SetBankAccount,
)
from checkout.psp.port.balance import Balance, BalanceTransaction
from checkout.psp.port.capabilities import Capabilities, CurrencyRules
from checkout.psp.port.disputes import (
    AnswersDisputes,
    Dispute,
    DisputeMovement,
    DisputeNews,
    DisputeNewsKind,
    DisputeStatus,
    EvidenceFile,
    SubmitEvidence,
)
from checkout.psp.port.money_out import (
    PLATFORM,
    BankPayout,
    BankPayoutStatus,
    CreateBankPayout,
    CreateTransfer,
    PayoutFailure,
    PayoutMethod,
    ReverseTransfer,
    Transfer,
    TransferReversal,
)
from checkout.psp.port.news import AccountNews, BankPayoutNews, MoneyOutNews, TransferNews
from checkout.psp.port.payments import (
    HostedLine,
    PaymentSnapshot,
    RegisteredPayment,
    RegisterPayment,
    SnapshotStatus,
    StoredRequest,
)
from checkout.psp.port.protocol import MoneyBackNews, MoneyOutRequest, PaymentServiceProvider
from checkout.psp.port.refunds import (
    CreateRefund,
    GivesMoneyBack,
    Refund,
    RefundNews,
    RefundReason,
    RefundStatus,
)
from checkout.psp.port.settlement import SettlementReport, TellsSettlement

__all__ = [
    "PLATFORM",
    "AccountLink",
    "AccountNews",
    "AnswersDisputes",
    "Balance",
    "BalanceTransaction",
    "BankAccount",
    "BankPayout",
    "BankPayoutNews",
    "BankPayoutStatus",
    "Capabilities",
    "ConnectedAccount",
    "CreateBankPayout",
    "CreateConnectedAccount",
    "CreateRefund",
    "CreateTransfer",
    "CurrencyRules",
    "Dispute",
    "DisputeMovement",
    "DisputeNews",
    "DisputeNewsKind",
    "DisputeStatus",
    "EvidenceFile",
    "GivesMoneyBack",
    "HostedLine",
    "MoneyBackNews",
    "MoneyOutNews",
    "MoneyOutRequest",
    "PaymentServiceProvider",
    "PaymentSnapshot",
    "PayoutFailure",
    "PayoutMethod",
    "Refund",
    "RefundNews",
    "RefundReason",
    "RefundStatus",
    "RegisterPayment",
    "RegisteredPayment",
    "Requirements",
    "ReverseTransfer",
    "SetBankAccount",
    "SettlementReport",
    "SnapshotStatus",
    "StoredRequest",
    "SubmitEvidence",
    "TellsSettlement",
    "Transfer",
    "TransferNews",
    "TransferReversal",
]
