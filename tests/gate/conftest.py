"""The gate before the whole app; what callers send and the keys they show are the API's tests'."""

from tests.api.conftest import app, caller, client, one_app, psp, shop, shop_of, stranger

__all__ = ["app", "caller", "client", "one_app", "psp", "shop", "shop_of", "stranger"]
