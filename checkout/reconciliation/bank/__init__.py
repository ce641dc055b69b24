"""The PSP's payouts against the bank's statements."""
