"""django-hordak: a double-entry ledger for Django, its balance checked by a trigger in the database as ours is."""
