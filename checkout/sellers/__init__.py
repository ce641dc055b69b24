"""Sellers of the platform and the fee plans they sell under."""
