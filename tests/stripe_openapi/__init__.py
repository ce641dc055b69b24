"""Stripe's published API description (a subset) and a validator for both directions of the wire."""
