"""Refunds: money that goes back to the shopper, onto the card it came from or into the wallet."""
