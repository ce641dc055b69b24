"""The smallest Django project around django-payments: one model, one view. Runs in the peers' own environment."""
