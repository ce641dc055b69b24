"""The double-entry ledger: the chart, the recipes, the journal, balances, seals and their proof."""
