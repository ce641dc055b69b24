"""The checkout: one payment over one or more sellers' orders, from its registration with the PSP to its end."""
