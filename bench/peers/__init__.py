"""What the product is measured against: a bare-minimum handler, packages from the index, and the PSP they all call."""
