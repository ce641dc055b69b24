"""Benchmarks: our own baselines, peers from the package index, and what RESULTS.md says of them."""
