"""A marketplace checkout and payments backend."""
