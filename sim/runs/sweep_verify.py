"""Results of a sweep held against what made them: bytes, keys, and a sample of runs done again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.model.run import get_ready
from sim.runs.fingerprint import model_hash
from sim.runs.history import run_again, scenario_of
from sim.runs.manifest import read_manifest
from sim.runs.measure import outcome_columns
from sim.runs.sweeps import SweepResults
from sim.runs.tables import frame_of


@dataclass(frozen=True)
class Verified:
    """What was found.

    Attributes
    ----------
    wrong
        What is wrong, a line each.
    runs, again, failed
        Runs there are, how many of them were done again, and how many had failed.
    finished
        Whether the sweep was run to its end.
    """

    wrong: list[str]
    runs: int
    again: int
    failed: int
    finished: bool


def verify(results: SweepResults, sample: int = 100, seed: int = 1) -> Verified:
    """Look whether results are as they were written, whole, and what the model gives.

    Parameters
    ----------
    results
        Of a sweep, perhaps not finished.
    sample
        How many runs are done again, each in a world of its own, and compared bit by bit, but for
        outcomes of one's own, whose functions are not kept.
    seed
        Of the choice of these.
    """
    store, design = results.store, results.design
    finished = not store.blocks.is_dir()
    wrong = [f"block {name} is not as it was written" for name in store.damaged_blocks()]
    if finished:
        wrong += [f"{name} {how}" for name, how in store.wrong_tables().items()]
    if any(line.startswith("runs.parquet") for line in wrong):
        return Verified(wrong, 0, 0, 0, finished)
    table = store.read("runs")
    point, keys = table["point"].to_numpy(), table["seed"].to_numpy()
    expected = len(design) * design.sweep.replicates
    first = design.experiment.seeds.first
    numbered = (point - 1) * design.sweep.replicates + (keys - first)
    if finished and not np.array_equal(numbered, np.arange(expected)):
        wrong.append(f"{expected:,} runs should be there, each once; {len(table):,} are")
    elif len(np.unique(numbered)) != len(table):
        wrong.append("some runs are there twice")
    made_by = read_manifest(store.directory).get("model_hash", model_hash())
    if made_by != model_hash():
        wrong.append("another version of the model made these results: no run was done again")
        return Verified(wrong, len(table), 0, 0, finished)
    errors = table["error"]
    count = min(sample, len(table))
    chosen = np.sort(np.random.default_rng(seed).choice(len(table), count, replace=False))
    get_ready("compiled", lambda line: None)
    again = 0
    for row in chosen.tolist():
        if errors[row].as_py() is not None:
            continue
        of = int(point[row]), int(keys[row])
        record = run_again(design.experiment, scenario_of(design, of[0] - 1, of[1]), of[1])
        fresh = outcome_columns(record, design.experiment.outcomes, design.outcomes)
        kept = table.slice(row, 1).select(design.outcomes)
        if not frame_of(kept).equals(frame_of(fresh.cast(kept.schema))):
            wrong.append(f"point {of[0]}, seed {of[1]} gives other figures when it is run again")
        again += 1
    failed = len(errors) - errors.null_count
    return Verified(wrong, len(table), again, failed, finished)
