"""The model gives what it gave: key outputs against tests/baseline.json.

Where a change is meant: python -m tests.baseline --reason "..."
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import baseline

RELATIVE = 1e-9  # other systems may differ in the last digits


@pytest.fixture(scope="module")
def frozen() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(baseline.FILE.read_text(encoding="utf-8"))
    return content


def assert_close(found: Any, known: Any, position: str) -> None:
    """Compare values: numbers with decimals nearly, all else exactly."""
    if isinstance(known, list):
        assert len(found) == len(known), position
        for index, (ours, theirs) in enumerate(zip(found, known, strict=True)):
            assert_close(ours, theirs, f"{index}[{index}]")
    elif isinstance(known, float):
        assert found == pytest.approx(known, rel=RELATIVE, abs=1e-12), position
    else:
        assert type(found) is type(known), position
        assert found == known, position


@pytest.mark.parametrize("case", baseline.CASES)
def test_the_model_gives_what_it_gave(case: str, frozen: dict[str, Any]) -> None:
    found, known = baseline.measured(case), frozen["cases"][case]
    assert found.keys() == known.keys() == {str(seed) for seed in baseline.SEEDS}
    for seed, outputs in known.items():
        assert found[seed].keys() == outputs.keys()
        for name, value in outputs.items():
            assert_close(found[seed][name], value, f"{case}, seed {seed}, {name}")


def test_nothing_is_frozen_that_is_not_checked(frozen: dict[str, Any]) -> None:
    assert list(frozen["cases"]) == list(baseline.CASES)


def test_the_cases_say_something(frozen: dict[str, Any]) -> None:
    """Seeds differ, councils join, money moves: a dead model would not pass for the real one."""
    for case, seeds in frozen["cases"].items():
        one, two = (seeds[str(seed)] for seed in baseline.SEEDS)
        assert one["join_months"] != two["join_months"], case
        assert max(one["joined"]) > 0, case
        assert one["used_spend_gbp_m"][-1] > 0.0, case
        assert one["incidents"] > 0, case
    assert frozen["cases"]["everything_at_once"]["1"]["subsidy_gbp_m"] > 0.0


def test_a_small_drift_is_noticed() -> None:
    assert_close({"a": 1}, {"a": 1}, "same")
    assert_close([1.0 + 1e-12], [1.0], "last digits")
    for found, known in (([1.0 + 1e-6], [1.0]), (3, 4), (3.0, 3), ("ab", "ac"), ([1, 2], [1])):
        with pytest.raises(AssertionError):
            assert_close(found, known, "drift")


def test_every_change_has_its_reason(frozen: dict[str, Any]) -> None:
    history = frozen["history"]
    assert history
    for entry in history:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"])
        assert len(entry["reason"]) >= 10
        assert isinstance(entry["changed"], list)
    assert [entry["date"] for entry in history] == sorted(entry["date"] for entry in history)


def test_freezing_anew_records_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "baseline.json"
    quick = baseline.CASES["scottish_framework"]
    monkeypatch.setattr(baseline, "CASES", {"one": quick})
    assert baseline.write("a first version", path) == ["one"]
    assert baseline.write("nothing was changed", path) == []
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["reason"] for entry in content["history"]] == [
        "a first version",
        "nothing was changed",
    ]
    monkeypatch.setattr(baseline, "CASES", {"other": quick})
    assert baseline.write("another set of cases", path) == ["other", "one"]


def test_the_command_wants_a_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = baseline.FILE.read_bytes()
    for words in ([], ["--reason", "why"]):
        monkeypatch.setattr(sys, "argv", ["baseline", *words])
        with pytest.raises(SystemExit) as end:
            baseline.main()
        assert end.value.code == 2
        assert "reason" in capsys.readouterr().err
    assert baseline.FILE.read_bytes() == before
