"""`flask statements`: the file that render prints is what verify accepts, and nothing else."""

from __future__ import annotations

from tests.explanations.conftest import sel
from tests.payouts.conftest import seller_of
from tests.statements.test_statements import day, earn

__all__ = ["seller_of"]


def test_what_is_rendered_is_verified_and_a_changed_file_ends_with_6(flask_command, seller_of, tmp_path):
    seller, file = seller_of(), tmp_path / "may.json"
    earn(seller, 1500, day(5))
    words = ("statements", "render", sel(seller), "--month", "2025-05", "--currency", "EUR")
    file.write_text(flask_command(*words).stdout)

    good = flask_command("statements", "verify", str(file))
    file.write_text(file.read_text().replace('"closing":1500', '"closing":1501'))
    bad = flask_command("statements", "verify", str(file))

    assert (good.exit_code, bad.exit_code) == (0, 6)
    assert "/closing" in bad.stdout
    assert flask_command(*words, "--csv").stdout.splitlines()[-1].split(",")[2] == "closing"
    assert flask_command("statements", "render", sel(seller)).exit_code == 2
    assert flask_command("statements", "render", "po_x").exit_code == 3
