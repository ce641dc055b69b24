"""Stripe, through its official SDK. Nothing outside this package imports the SDK or sees its objects."""
