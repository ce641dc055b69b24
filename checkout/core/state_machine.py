"""A state machine is a declaration: a table of edges. Changing a row's status is the business of db.transitions."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import cached_property


class StateMachine:
    """The life of one kind of row.

    name: the noun ("payment"): its history is the table `<name>_transitions` with the column `<name>_id`.
    table: the table that has the columns id, status, version, updated_at.
    edges: state → the states it may become.
    """

    def __init__(self, *, name: str, table: str, initial: str, edges: Mapping[str, Set[str]]) -> None:
        self.name = name
        self.table = table
        self.initial = initial
        self.edges = {state: frozenset(targets) for state, targets in edges.items()}
        assert initial in self.states

    @cached_property
    def states(self) -> frozenset[str]:
        return frozenset(self.edges) | frozenset(
            target for targets in self.edges.values() for target in targets
        )

    @cached_property
    def terminal(self) -> frozenset[str]:
        """States that nothing leads out of."""
        return frozenset(state for state in self.states if not self.edges.get(state))

    def sources(self, to: str) -> tuple[str, ...]:
        """The states from which `to` may be entered, sorted."""
        assert to in self.states, f"{to} is no state of {self.name}"
        return tuple(sorted(state for state, targets in self.edges.items() if to in targets))

    def allows(self, source: str, to: str) -> bool:
        return to in self.edges.get(source, frozenset())
