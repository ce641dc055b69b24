"""How often a caller may come: quotas, who counts against which, and the counters in Redis. It knows no HTTP."""

from checkout.limits.counters import Counters, Standing
from checkout.limits.errors import RateLimited
from checkout.limits.quotas import Quota, RouteClass

__all__ = ["Counters", "Quota", "RateLimited", "RouteClass", "Standing"]
