"""Entry points of the background processes: the worker, the scheduler, and the table that says who handles what."""
