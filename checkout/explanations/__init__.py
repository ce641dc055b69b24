"""Why a figure is what it is: its equation, the rules, the ledger entries and what caused them. Reads only.

Computed live from the postings in one snapshot, and compared with what is stored; a difference is shown, and raises an
alert.
"""

from checkout.explanations.explain import PERMISSION_OF, explain, read_ref
from checkout.explanations.tree import Explanation, Ref

__all__ = ["PERMISSION_OF", "Explanation", "Ref", "explain", "read_ref"]
