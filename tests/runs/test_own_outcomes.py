"""Outcomes of a researcher's own: computed on a run, keyed like the others, never mixed."""

from __future__ import annotations

import pickle
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.analysis.summary import summary
from sim.experiment.load import load_experiment
from sim.files.problems import BadInput
from sim.notebook import load_results
from sim.runs.function_hash import CannotTell, function_hash
from sim.runs.own_outcomes import Outcome, Run, own_outcomes
from sim.runs.sweep_verify import verify
from sim.runs.sweeps import SweepResults, load_sweep, sweep
from sim.study import simulate
from tests.shared.experiments import SMALL, written
from tests.shared.folders import ROOT

LEVEL = 0.5


def own_members(run: Run) -> float:
    """Members at the end."""
    return float(run.monthly("joined")[-1])


def own_half(run: Run) -> float:
    """Share of eligible councils that ever joined any offer, where at least half did."""
    share = (run.joined_step >= 0).any(axis=0).sum() / run.eligible.sum()
    return float(share) if share >= LEVEL else np.nan


OWN = {"own_members": own_members, "own_half": own_half}
SIZE = {"sweep.push.size": 2, "sweep.push.replicates": 3}
SWEEPS = ROOT / "experiments" / "sweeps" / "push_or_terms.toml"


@pytest.fixture(scope="module")
def found() -> SweepResults:
    return sweep(SWEEPS, "push", changes=SIZE, outcomes=OWN, out=None, workers=1)


def test_an_outcome_is_what_the_arrays_of_the_run_say(found: SweepResults) -> None:
    runs = found.runs
    assert list(runs)[-3:] == ["own_members", "own_half", "error"]
    one = found.history(point=2, seed=2)
    last = one[one["month"] == one["month"].max()]
    members = int(last["status"].isin(["member", "migrating"]).sum())
    (row,) = runs.query("point == 2 and seed == 2").to_dict("records")
    assert row["own_members"] == members


def test_other_columns_stay_as_they_are_on_any_number_of_workers(found: SweepResults) -> None:
    plain = sweep(SWEEPS, "push", changes=SIZE, out=None, workers=1)
    assert found.runs.drop(columns=list(OWN)).equals(plain.runs)
    two = sweep(SWEEPS, "push", changes=SIZE, outcomes=OWN, out=None, workers=2)
    assert found.runs.equals(two.runs)
    own = own_outcomes(OWN)
    there = pickle.loads(pickle.dumps(own))
    assert there.functions == own.functions
    assert there.digests == own.digests


def test_a_run_cannot_be_changed_by_looking_at_it() -> None:
    def own_spoilt(run: Run) -> float:
        run.visits[:] = 0
        return 0.0

    def own_text(run: Run) -> float:
        return "many"  # type: ignore[return-value]

    for function, why in ((own_spoilt, "read-only"), (own_text, "a number is expected")):
        runs = sweep(
            SWEEPS, "push", changes=SIZE, outcomes={"own_x": function}, out=None, workers=1
        ).runs
        assert runs["error"].str.contains(why).all()


def test_results_of_another_function_are_never_taken_for_those_of_this_one(
    tmp_path: Path,
) -> None:
    folders = []
    for share in (0.25, 0.5, 0.5):

        def own_early(run: Run, share: float = share) -> float:
            return float(np.argmax(run.monthly("joined") >= share * run.eligible.sum()))

        results = sweep(
            SWEEPS, "push", changes=SIZE, outcomes={"own_early": own_early}, out=tmp_path
        )
        folders.append(results.directory)
        kept = load_sweep(results.directory)
        assert kept.own.names == ["own_early"]
        assert kept.store.is_done()
        assert "share * run.eligible" in kept.own.sources["own_early"]
        assert verify(kept, 2).wrong == []
    assert folders[0] != folders[1] == folders[2]
    (folders[0] / "own_outcomes.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match="damaged"):
        load_sweep(folders[0])


def test_what_a_function_reads_belongs_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = function_hash(own_half)
    monkeypatch.setitem(own_half.__globals__, "LEVEL", 0.6)
    assert function_hash(own_half) != before
    monkeypatch.setitem(own_half.__globals__, "LEVEL", object())
    with pytest.raises(CannotTell, match="object"):
        function_hash(own_half)


def test_a_wrapper_is_another_function() -> None:
    def doubled(function: Outcome) -> Outcome:
        @wraps(function)
        def twice(run: Run) -> float:
            return 2 * function(run)

        return twice

    assert function_hash(doubled(own_members)) != function_hash(own_members)
    assert (
        "return 2 * function(run)" in own_outcomes({"own_x": doubled(own_members)}).sources["own_x"]
    )


def test_a_comment_makes_no_other_function() -> None:
    def first(run: Run) -> float:
        """What it is."""
        return 1.0

    one = first

    def first(run: Run) -> float:  # type: ignore[no-redef]
        return 1.0  # always

    assert function_hash(one) == function_hash(first)


@pytest.mark.parametrize(
    ("name", "function", "why"),
    [
        ("joined_share_end", own_members, "own_ and small letters"),
        ("own_Ä", own_members, "own_ and small letters"),
        ("own_x", max, "a plain function is expected"),
        ("own_x", eval("lambda run: 1.0"), "source cannot be read"),
    ],
)
def test_what_is_no_outcome_is_refused(name: str, function: Any, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        own_outcomes({name: function})


def test_they_stand_in_the_tables_and_findings_of_an_experiment(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path, SMALL), {"sensitivity.seeds": 0})
    results = simulate(experiment, seeds=2, workers=1, outcomes=OWN, out=tmp_path, present=False)
    assert results.directory is not None
    kept = load_results(results.directory)
    assert kept.runs["own_members"].equals(results.runs["own_members"])
    rows = summary(kept).query("outcome == 'own_members' and grouping == 'all'")
    means = kept.of("scenario").groupby("scenario")["own_members"].mean()
    assert rows.set_index("scenario")["mean"].to_dict() == pytest.approx(means.to_dict())
    plain = simulate(experiment, seeds=2, workers=1, out=tmp_path, present=False)
    assert plain.directory != results.directory
    assert "own_members" not in plain.runs
