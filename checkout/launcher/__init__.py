"""Starts the whole product on a machine with nothing but Python: servers, schema, supervised processes."""
