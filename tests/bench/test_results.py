"""RESULTS.md keeps what a run did not measure."""

from __future__ import annotations

from bench import results
from bench.figures import Goal, Sample, Section, at_least, ratios


def test_a_run_replaces_its_own_section_and_no_other(tmp_path, monkeypatch):
    """Two sections stand in the file; the second run of one leaves the other as it is."""
    path = tmp_path / "RESULTS.md"
    path.write_text("# Benchmarks\n")
    monkeypatch.setattr(results, "PATH", path)
    results.write(section("create", 1.5), ["then"], None)
    results.write(section("read", 0.9), ["then"], None)

    results.write(section("create", 2.5), ["now"], "Quick figures")

    text = path.read_text()
    assert "2.50×" in text
    assert "0.90×" in text
    assert "1.50×" not in text
    assert text.count("<!-- create -->") == 1
    assert text.startswith("# Benchmarks\n")


def test_the_median_of_the_rounds_decides():
    """One bad round does not fail a goal, one good round does not reach it."""
    ours = [Sample(50.0), Sample(90.0), Sample(80.0)]
    theirs = [Sample(100.0), Sample(100.0), Sample(100.0)]

    found = ratios(ours, theirs)

    assert found == [0.5, 0.9, 0.8]
    assert at_least(found, 0.8)
    assert not at_least(found, 0.85)


def section(name: str, value: float) -> Section:
    return Section(name, name, goals=[Goal("1", "a ratio", "≥ 1×", [value], met=value >= 1)])
