"""What the PSP says that it holds for us, against our books of it."""
