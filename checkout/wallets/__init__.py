"""Wallets: store credit of a customer at a storefront, per currency. What checkouts hold of it, what is granted for a
while, and the counters that say there is enough: each proved against the ledger."""
