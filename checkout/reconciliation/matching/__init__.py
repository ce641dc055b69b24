"""From rows and bookings to differences: the join, what a row means, and how finance hears of it."""
