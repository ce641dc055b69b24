"""Proving the books against what the PSP says it did, line by line, and telling finance every difference."""
