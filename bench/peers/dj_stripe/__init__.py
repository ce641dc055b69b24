"""The smallest Django project around dj-stripe, for its webhook intake. Runs in the peers' own environment."""
