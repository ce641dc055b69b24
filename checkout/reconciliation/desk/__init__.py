"""What finance does about a difference: its rest, the ways to resolve it, suggestions, ageing."""
