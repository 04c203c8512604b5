"""What takes computing is in step with the model, or says at its head that it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests import generated
from tests.generated import PIECES, behind, fingerprint, make, stamps
from tests.shared.folders import ROOT


def test_pieces_are_in_step_or_say_that_they_are_behind() -> None:
    """If this fails: ``python -m tests.generated --make``; or say in the file what it waits for.

    The words stand as `behind` in tests/generated.json, and in the first of the piece's files.
    """
    for name in behind():
        words = stamps().get(name, {}).get("behind")
        assert words, f"{name} is behind; make it anew: python -m tests.generated --make {name}"
        assert words in " ".join((ROOT / PIECES[name].files[0]).read_text("utf-8").split())


def test_nothing_says_that_it_is_behind_when_it_is_not() -> None:
    late = behind()
    assert [
        name for name, entry in stamps().items() if "behind" in entry and name not in late
    ] == []
    assert set(stamps()) == set(PIECES)


def test_all_files_are_there() -> None:
    for piece in PIECES.values():
        assert all((ROOT / file).is_file() for file in piece.files)


def test_another_question_or_another_model_puts_a_piece_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    film = PIECES["film"]
    before = fingerprint(film)
    assert fingerprint(film) == before
    assert fingerprint(replace(film, rests_on=lambda: "another file")) != before
    other = tmp_path / "other.json"
    other.write_text('{"runs": {"visits": "another digest"}}', encoding="utf-8")
    monkeypatch.setattr(generated, "FROZEN", (generated.FROZEN[0], other))
    assert fingerprint(film) != before


def test_pieces_are_made_in_order_and_pages_last(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr(generated, "_run", done.append)
    make([])
    assert done == list(generated.QUICK)
