"""The books towards whoever keeps the company's: exports of the journal, locked periods, corrections by two persons."""
