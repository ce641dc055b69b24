"""The JSON API: blueprints, schemas, authentication, errors, and the document that describes them."""
