"""The bundled PSP: a program of its own that speaks Stripe's wire protocol, offline, for development and tests.

It keeps its truth in its own SQLite file, knows nothing of the backend beyond a webhook address, and imports only
`checkout.core`. The same Stripe adapter therefore runs against it and against Stripe.
"""
