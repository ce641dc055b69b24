"""The seller's part of a payment: one order per seller in a checkout."""
