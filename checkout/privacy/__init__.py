"""What is kept of a person, shown and erased on request."""
