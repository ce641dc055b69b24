"""Four eyes: what one person proposes, another decides. One table for all kinds of proposals.

Whoever needs a decision proposes it in their own transaction and is told the outcome by a task of theirs, named in
events/subscribers.py for the proposal's kind.
"""

from checkout.approvals.decide import FourEyesRequired, InvalidApprovalState, approve, reject, withdraw
from checkout.approvals.expire import expire_due
from checkout.approvals.propose import AlreadyProposed, propose
from checkout.approvals.queries import Approval, get_approval, list_approvals

__all__ = [
    "AlreadyProposed",
    "Approval",
    "FourEyesRequired",
    "InvalidApprovalState",
    "approve",
    "expire_due",
    "get_approval",
    "list_approvals",
    "propose",
    "reject",
    "withdraw",
]
