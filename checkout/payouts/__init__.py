"""Payouts: what a seller has earned, on its way to the seller's bank, once."""
