"""Shoppers: who buys. The only place where their email, name, language and country stand, each person's under a key of
their own."""

from checkout.shoppers.details import Details
from checkout.shoppers.email_index import email_index, normalise
from checkout.shoppers.find import find_by_email
from checkout.shoppers.person import SealedPerson, change_person, new_person, open_person

__all__ = [
    "Details",
    "SealedPerson",
    "change_person",
    "email_index",
    "find_by_email",
    "new_person",
    "normalise",
    "open_person",
]
