"""The main experiment gives the results that it always gave, to the bit."""

from __future__ import annotations

import json

import pytest

from sim.runs.tables import KEYS
from sim.study import simulate
from tests.shared.folders import ROOT
from tests.shared.same_results import FILE, digests


@pytest.mark.slow
def test_the_main_experiment_gives_the_same_results() -> None:
    results = simulate(ROOT / "experiments" / "gaap_vs_scotland.toml", out=None)
    assert results.failed.empty
    found = digests({name: getattr(results, name) for name in KEYS})
    known = json.loads(FILE.read_text(encoding="utf-8"))
    assert set(found) == set(known) == {"runs", "series", "groups", "joined"}
    for name, columns in known.items():
        other = {column for column, digest in columns.items() if found[name].get(column) != digest}
        assert not other, f"{name}: other values in {sorted(other)}"
        # A column may be new, but none may be lost.
        assert set(found[name]) >= set(columns), name
