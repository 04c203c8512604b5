"""Made-up structures, as `sim/data/structures` has them: folders of fits, and a list of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.experiment.parameters import ABOUT, DATA, FILES

TITLES = {
    "new": "With all rules",
    "today": "As before",
    "alone": "No influence between councils",
}
SCORES: dict[str, dict[str, float]] = {
    "new": {"weight_stacked": 0.5, "weight_low": 0.2, "weight_high": 0.8, "crps": 0.11},
    "today": {"weight_stacked": 0.3, "weight_low": 0.1, "weight_high": 0.6, "crps": 0.14},
    "alone": {"weight_stacked": 0.2, "weight_low": 0.0, "weight_high": 0.4, "crps": 0.16},
}
CURVES = {"hazard": 0.13, "Bass": 0.17}
DRAWS = 40
# A structure without a parameter leaves its column out; another has one for good.
LEFT_OUT = "behaviour.legitimacy_weight"
FIXED = {"behaviour.peer_weight": 0.0, "behaviour.peer_attention_per_month": 0.0}


def make_structures(folder: Path, **fixed: dict[str, float]) -> Path:
    """Write structures next to the fit that comes along; settings that each fixes by its name.

    They have draws of their own: the last ones of that fit, in reverse.
    """
    rivals = {"today": {}, "alone": FIXED, **fixed}
    draws = {name: pd.read_csv(DATA / file) for name, file in FILES.items()}
    for structure, values in rivals.items():
        home = folder / structure
        home.mkdir(parents=True)
        for name, file in FILES.items():
            table = draws[name].iloc[: -DRAWS - 1 : -1].assign(**values)
            if structure == "today":
                table = table.drop(columns=LEFT_OUT)
            table.to_csv(home / file, index=False, lineterminator="\n")
        about = json.loads((DATA / ABOUT).read_text(encoding="utf-8"))
        told: dict[str, Any] = {"name": structure, "title": TITLES[structure], "off": []}
        (home / ABOUT).write_text(json.dumps(about | {"draws": DRAWS, "structure": told}))
    list_structures(folder, ["new", *rivals])
    return folder


def list_structures(folder: Path, names: list[str]) -> None:
    """Write the list of structures."""
    beside = {"crps_error": 0.02, "crps_more_error": 0.01}

    def more(crps: float) -> dict[str, float]:
        return {**beside, "crps_more": round(crps - SCORES["new"]["crps"], 3)}

    told = [
        {"name": name, "title": TITLES[name], **more(SCORES[name]["crps"]), **SCORES[name]}
        for name in names
    ]
    curves = [{"name": name, "crps": crps, **more(crps)} for name, crps in CURVES.items()]
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"main": "new", "structures": told, "curves": curves})
    (folder / "structures.json").write_text(text, encoding="utf-8")


def come_along(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let structures of a folder be those that come along with the package."""
    patch.setattr("sim.experiment.parameters.STRUCTURES", folder)
