"""Misuse of a checkout: seen in what happened, answered by slowing down and by calling a person."""
