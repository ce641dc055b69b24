"""Cells measured in turn, ratios of one round, and how they are written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.ground import Running
from bench.load.run import Report

LONGEST_CELL_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is run. Quick figures show that everything works, not how fast it is."""

    quick: bool

    @property
    def rounds(self) -> int:
        return 1 if self.quick else 3

    def seconds(self, wished: float) -> float:
        """How long a cell is measured: bounded, so that all groups together take about six minutes."""
        return min(wished, 0.5 if self.quick else LONGEST_CELL_SECONDS)


@dataclass(frozen=True, slots=True)
class Sample:
    """One cell in one round."""

    per_second: float
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    cpu_ms: float = 0.0
    database_cpu_ms: float = 0.0
    failures: int = 0


@dataclass(slots=True)
class Goal:
    """A goal of the design and what was found: `values` are one figure a round."""

    number: str
    what: str
    goal: str
    values: Sequence[float]
    met: bool | None
    form: str = "{:.2f}×"

    def row(self) -> str:
        found = [
            self.form.format(value) for value in (min(self.values), median(self.values), max(self.values))
        ]
        shown = found[0] if len(self.values) == 1 else " / ".join(found)
        return f"| {self.number} | {self.what} | {self.goal} | {shown} | {_word(self.met)} |"


@dataclass(slots=True)
class Section:
    """What a group of benchmarks writes into RESULTS.md."""

    name: str
    title: str
    goals: list[Goal] = field(default_factory=list)
    cells: dict[str, list[Sample]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def interleaved(cells: Mapping[str, Callable[[], Sample]], rounds: int) -> dict[str, list[Sample]]:
    """Each cell once a round, beginning with another one each time, so that no cell always has the best moment."""
    found: dict[str, list[Sample]] = {name: [] for name in cells}
    names = list(cells)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            sample = cells[name]()
            found[name].append(sample)
            print(f"  {number + 1}/{rounds}  {name:<44} {_plain(sample)}", flush=True)
    return found


def under_load(server: Running, load: Callable[[], Report], expected: Sequence[str] = ()) -> Sample:
    """A report as a sample; the servers' CPU is spread over all that was answered, the warm-up included."""
    before, database_before = server.cpu_seconds(), server.database_cpu_seconds()
    report = load()
    used, database_used = server.cpu_seconds() - before, server.database_cpu_seconds() - database_before
    label = next((name for name in report.times if name != "journey"), "journey")
    times = report.times[label]
    return Sample(
        per_second=report.per_second,
        p50_ms=times.p50,
        p95_ms=times.p95,
        p99_ms=times.p99,
        cpu_ms=used / max(report.answered, 1) * 1000,
        database_cpu_ms=database_used / max(report.answered, 1) * 1000,
        failures=report.failures(*expected),
    )


def ratios(above: Sequence[Sample], below: Sequence[Sample]) -> list[float]:
    """Round by round: what was measured next to each other is compared."""
    return [
        ours.per_second / max(theirs.per_second, 0.001) for ours, theirs in zip(above, below, strict=True)
    ]


def at_least(values: Sequence[float], limit: float) -> bool:
    return median(values) >= limit


def table(section: Section) -> list[str]:
    """The section as Markdown."""
    lines = [f"### {section.title}", ""]
    if section.goals:
        lines += ["| # | what | goal | min / median / max | reached |", "|---|---|---|---|---|"]
        lines += [goal.row() for goal in section.goals] + [""]
    if section.cells:
        lines += [
            "| cell | per second (min / median / max) | p50 ms | p95 ms | p99 ms | server CPU ms each | database CPU ms each "
            "| failures |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [_cell_row(name, samples) for name, samples in section.cells.items()] + [""]
    lines += [f"- {note}" for note in section.notes]
    return [*lines, ""]


def _cell_row(name: str, samples: Sequence[Sample]) -> str:
    rates = [sample.per_second for sample in samples]
    shown = " / ".join(f"{rate:.0f}" for rate in (min(rates), median(rates), max(rates)))

    def middle(pick: Callable[[Sample], float]) -> str:
        value = median(pick(sample) for sample in samples)
        return f"{value:.2f}" if value else "–"

    return (
        f"| {name} | {shown} | {middle(lambda s: s.p50_ms)} | {middle(lambda s: s.p95_ms)} "
        f"| {middle(lambda s: s.p99_ms)} | {middle(lambda s: s.cpu_ms)} "
        f"| {middle(lambda s: s.database_cpu_ms)} | {sum(s.failures for s in samples)} |"
    )


def _plain(sample: Sample) -> str:
    failed = f"  FAILED {sample.failures}" if sample.failures else ""
    return (
        f"{sample.per_second:8.1f}/s  p50 {sample.p50_ms:7.2f}  p95 {sample.p95_ms:7.2f}  p99 {sample.p99_ms:7.2f} ms"
        f"  cpu {sample.cpu_ms:5.2f} + {sample.database_cpu_ms:4.2f} ms{failed}"
    )


def _word(met: bool | None) -> str:
    return "–" if met is None else "yes" if met else "**no**"
