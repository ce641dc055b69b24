"""The JSON API: blueprints, schemas, authentication, errors, and the document that describes them."""

from checkout.api.register import register

__all__ = ["register"]
