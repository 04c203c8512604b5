"""Would councils share one IT platform? An agent-based simulator of council adoption.

>>> from sim import simulate
>>> results = simulate(
...     "experiments/quickstart.toml", seeds=2, scenarios=["scotland_framework"], out=None
... )
>>> results.of("scenario")[["scenario", "seed", "councils"]].values.tolist()
[['scotland_framework', 1, 32], ['scotland_framework', 2, 32]]
>>> bool(results.runs["joined_share_24m"].between(0, 1).all())
True
"""

from typing import Any

__version__ = "0.1.0"
__all__ = [
    "BadInput",
    "Results",
    "SearchResults",
    "SweepResults",
    "__version__",
    "history",
    "load_experiment",
    "load_results",
    "load_search",
    "load_sweep",
    "search",
    "search_findings",
    "settings_table",
    "simulate",
    "sweep",
    "sweep_boxes",
    "sweep_sensitivity",
]

_HOMES = {
    "BadInput": "sim.files.problems",
    "Results": "sim.runs.results",
    "SearchResults": "sim.runs.search",
    "SweepResults": "sim.runs.sweeps",
    "history": "sim.runs.history",
    "load_experiment": "sim.experiment.load",
    "load_results": "sim.notebook",
    "load_search": "sim.runs.search",
    "load_sweep": "sim.runs.sweeps",
    "search": "sim.runs.search",
    "search_findings": "sim.analysis.search",
    "settings_table": "sim.experiment.settings_table",
    "simulate": "sim.study",
    "sweep": "sim.runs.sweeps",
    "sweep_boxes": "sim.analysis.boxes",
    "sweep_sensitivity": "sim.analysis.sweep_sensitivity",
}


def __getattr__(name: str) -> Any:
    # Imported when asked for: `run.py --help` should not wait for pandas and Mesa.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")
