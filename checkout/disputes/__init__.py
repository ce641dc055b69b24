"""Disputes: a shopper's bank takes money back. What it took, who bears it, and what is said against it."""
