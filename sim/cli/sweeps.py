"""What the verbs about sweeps print, and what `check` says of those in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.experiment.sweep_size import size_of
from sim.experiment.sweeps import TABLE
from sim.files.words import plural
from sim.settings import Experiment

Say = Callable[[str], object]


def sweep_lines(experiment: Experiment, workers: int) -> list[str]:
    """Say what each sweep of an experiment would do, and what that takes."""
    lines = []
    for name, sweep in experiment.sweep.items():
        kinds = [
            plural(len(settings), noun)
            for settings, noun in (
                (sweep.levers, "lever"),
                (sweep.uncertainties, "uncertain setting"),
            )
            if settings
        ]
        points = None
        if sweep.design == TABLE:
            from sim.runs.sweeps import design_of

            points = len(design_of(experiment, name))
            kinds = [f"the points of {Path(str(sweep.table)).name}"]
        lines += [
            f"  sweep {name}: {sweep.design.replace('_', ' ')} over {' and '.join(kinds)}, for "
            f"{', '.join(sweep.scenarios)}",
            f"    {size_of(experiment, name, points).text(workers)}",
        ]
    return lines


def run_and_tell(
    experiment: Path, name: str, *, shard: str | None, join: bool, say: Say, **options: Any
) -> None:
    """Run a sweep, write its page and say what was found; options are those of `sim.sweep`.

    Raises
    ------
    BadInput
        If something is not valid, or what its boxes need is not installed.
    """
    from sim.experiment.load import load_experiment
    from sim.present.sweep.publish import publish_sweep, ready_for
    from sim.runs.sweeps import sweep

    asked = load_experiment(experiment, options["changes"]).sweep.get(name)
    if asked is not None:
        ready_for(asked)
    results = sweep(experiment, name, shard=shard, join=join, say=say, **options)
    if shard is None or join:
        publish_sweep(results, say=say)


def verified_text(result: Path, sample: int) -> tuple[str, bool]:
    """Verify the results of a sweep; return what to print, and whether all is right.

    Raises
    ------
    BadInput
        If there are none.
    """
    from sim.runs.sweep_verify import verify
    from sim.runs.sweeps import load_sweep

    found = verify(load_sweep(result), sample)
    state = "finished" if found.finished else "not finished"
    rows = [
        f"{result}: {plural(found.runs, 'run')}, {state}; {plural(found.again, 'run')} done again."
    ]
    if found.failed:
        rows.append(f"{plural(found.failed, 'run')} failed, as the column error says.")
    rows += [f"  wrong: {line}" for line in found.wrong]
    rows.append(
        "All is as it was written."
        if not found.wrong
        else "Run the sweep again: what is wrong is made anew (or everything, with --fresh)."
    )
    return "\n".join(rows), not found.wrong


def sensitivity_text(result: Path) -> str:
    """Say what the outcomes of a sweep hang on, as a table and in words.

    Raises
    ------
    BadInput
        If there are no results, or they are of another design.
    """
    from sim.analysis.sweep_sensitivity import in_words, sweep_sensitivity
    from sim.runs.sweeps import load_sweep

    table = sweep_sensitivity(load_sweep(result))
    rows: list[str] = []
    for (scenario, outcome), part in table.groupby(["scenario", "outcome"], sort=False):
        width = max(len(setting) for setting in part["setting"])
        rows += [f"{outcome} in {scenario} (95 % interval)", ""]
        for measure, found in part.groupby("measure", sort=False):
            ordered = found.sort_values("value", ascending=False, kind="stable")
            rows += [
                f"  {measure:<7} {setting:<{width}}  {value:7.3f}  ({low:.3f} to {high:.3f})"
                for setting, value, low, high in ordered[
                    ["setting", "value", "low", "high"]
                ].itertuples(index=False)
            ]
            rows.append("")
    return "\n".join([*rows, *in_words(table)])
