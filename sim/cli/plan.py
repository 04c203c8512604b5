"""What `run.py check` prints: an experiment file is valid, and this is what it would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiment.graphs import graph_lines
from sim.files.typed import printable
from sim.files.words import plural
from sim.present.report.changes import changes, lead
from sim.settings import Experiment, Scenario, month_text

if TYPE_CHECKING:
    from sim.experiment.plan import Plan
    from sim.model.run import Wanted


def plan_text(
    path: Path,
    changes: Sequence[str],
    seeds: int | None,
    scenarios: list[str] | None,
    workers: int | None,
    engine: Wanted,
) -> str:
    """Validate an experiment file and describe its plan.

    Raises
    ------
    BadInput
        If it is not valid.
    """
    from sim.experiment.hybrids import hybrids_of
    from sim.experiment.load import load_experiment
    from sim.experiment.plan import check_scenarios, choose_engine, describe, make_plan, with_seeds
    from sim.model.run import is_compiled
    from sim.runs.executors import default_workers

    experiment: Experiment = load_experiment(path, changes, most_seeds=seeds)
    if seeds is not None:
        experiment = with_seeds(experiment, seeds)
    chosen = check_scenarios(experiment, scenarios)
    plan = make_plan(experiment, chosen)
    months = experiment.horizon.months
    rows = [
        f"{path} is valid.",
        "",
        printable(" ".join(experiment.title.split())),
        f"{month_text(experiment.horizon.starts)} to {month_text(experiment.horizon.ends)}, "
        f"{months} months",
        "",
    ]
    names = list(experiment.scenarios) if chosen is None else chosen
    width = max(len(name) for name in names)
    for name in names:
        scenario = experiment.scenarios[name]
        councils = plan.council_months[name] // months
        rows.append(f"  {name:<{width}}  {councils:>3} councils  {_offers(scenario)}")
    rows += _areas(experiment.scenarios[name] for name in names)
    rows += ["", *_changes(experiment, names)]
    rows += ["", *(f"  ties of {line}" for line in graph_lines(experiment, names))]
    for name, curve in experiment.curves.items():
        rows.append(
            f"  curve {name}: {curve.setting} at {len(curve.values)} values, "
            f"{curve.seeds} seeds each, for {', '.join(curve.scenarios)}"
        )
    for name, explanation in experiment.explain.items():
        groups = hybrids_of(experiment, name).groups
        rows.append(
            f"  explain {name}: {explanation.outcome} from {explanation.start} to "
            f"{explanation.to}, {explanation.seeds} seeds each, for all hybrids of "
            f"{plural(len(groups), 'group')}: {printable(', '.join(groups))}"
        )
    rows += _claims(experiment, plan)
    workers = default_workers() if workers is None else workers
    if experiment.sweep:
        from sim.cli.sweeps import sweep_lines

        rows += sweep_lines(experiment, workers)
    if experiment.search:
        from sim.cli.searches import search_lines

        rows += search_lines(experiment, workers)
    compiled = is_compiled()
    chosen_engine = choose_engine(plan, engine, compiled=compiled)
    compiling = chosen_engine == "compiled" and not compiled
    return "\n".join([*rows, "", describe(plan, workers, chosen_engine, compiling=compiling)])


def _claims(experiment: Experiment, plan: Plan) -> Iterator[str]:
    """Say which claims there are, and what it costs to try them."""
    from sim.experiment.claims import in_words
    from sim.experiment.design import CLAIM, OTHER_NETWORK

    for name, claim in experiment.claims.items():
        yield f"  claim {name}: {printable(in_words(claim, experiment))}"
    if not experiment.claims:
        return
    work = Counter[str]()
    for point, seeds in plan.runs.seeds_of.items():
        work[plan.points[point].kind] += len(seeds) * plan.council_months[point]
    share = (work[OTHER_NETWORK] + work[CLAIM]) / max(work.total(), 1)
    yield (
        "  runs that claims alone ask for, on other networks, at ends of what is in doubt and "
        f"under other structures: {share:.1%} of the work below"
    )


def _changes(experiment: Experiment, names: list[str]) -> Iterator[str]:
    """Say what each scenario changes, a setting a line."""
    for name, changed in changes(experiment, names).items():
        yield f"  {name}: {lead(changed, dict(zip(names, names, strict=True)))}"
        for about, items in changed.by_subject():
            yield f"    {about}"
            yield from (f"      {change.words}" for change in items)


def _offers(scenario: Scenario) -> str:
    opened = [f"{name} opens {month_text(offer.opens)}" for name, offer in scenario.offers.items()]
    return ", ".join(opened) or "nothing on offer"


def _areas(scenarios: Iterable[Scenario]) -> list[str]:
    """Say which councils the areas have that a choice, a scope or an event names."""
    from sim.model.areas import areas
    from sim.model.councils import load_councils

    named = {
        region for scenario in scenarios for region in _regions(scenario.model_dump(mode="json"))
    }
    councils = load_councils()
    rows = [
        f"  {area}: {', '.join(councils.name[councils.index_of(code)] for code in codes)}"
        for area, codes in areas().items()
        if area in named
    ]
    return ["", *rows] if rows else []


def _regions(value: Any) -> Iterator[str]:
    """Find all that stands under `regions`, at any depth."""
    if isinstance(value, list):
        for entry in value:
            yield from _regions(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key == "regions" and isinstance(entry, list):
                yield from entry
            else:
                yield from _regions(entry)
