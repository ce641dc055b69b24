"""The load generator: one process of its own, one thread, raw keep-alive sockets.

`engine.py` sends and measures, `journeys.py` says what is sent, `run.py` starts it from the benchmark's process.
"""
