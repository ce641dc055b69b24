"""Settlement files as their PSPs write them. Each format is one module that yields normalised lines."""
