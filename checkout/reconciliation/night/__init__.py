"""The run of a day, from its files to the closed day, and its report."""
