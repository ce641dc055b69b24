"""A storefront with its key, in the app, for what is slowed down there."""

from tests.api.conftest import app, caller, client, one_app, psp, shop, shop_of, stranger

__all__ = ["app", "caller", "client", "one_app", "psp", "shop", "shop_of", "stranger"]
