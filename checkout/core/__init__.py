"""Pure building blocks: money, time, ids, errors, state machines. Standard library only, no I/O."""
