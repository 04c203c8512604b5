"""What results and the fit are known by: rules, settings and data count, tidying does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.calibration import digest as digests
from sim.calibration.digest import case_digests, fit_digest
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration
from sim.experiment.load import load_experiment
from sim.experiment.parameters import about_posterior
from sim.model import rules
from sim.model.world import build_world
from sim.runs.fingerprint import code_hash, model_hash, model_texts, settings_hash
from sim.study import simulate
from tests.shared.experiments import CURVES, SMALL, written
from tests.shared.folders import ROOT

# ---------------------------------------------------------------- the hash


def hash_of(folder: Path, text: str) -> str:
    return settings_hash(load_experiment(written(folder, text)))


# What a researcher may polish without losing results.
HARMLESS: dict[str, tuple[str, str]] = {
    "title of the experiment": ('title = "A small experiment"', 'title = "Polished"'),
    "question": ('"Does it work?"', '"Does it really?"'),
    "title of a scenario": ('title = "Nobody calls"', 'title = "Left alone"'),
    "stands_for": ("stands_for = ", 'stands_for = "Polished." # '),
    "evidence": ('title = "Nobody calls"', 'title = "N"\nevidence = ["A record."]'),
    "assumptions": ('title = "Nobody calls"', 'title = "N"\nassumptions = ["A guess."]'),
    "number of seeds": ("count = 3", "count = 300"),
    "first seed": ("count = 3", "count = 3\nfirst = 100"),
    "headline": ("headline_months = 12", "headline_months = 6"),
    "precision": ("headline_months = 12", "headline_months = 12\nprecision_share = 0.1"),
    "caveats": ('title = "A small', 'caveats = ["Careful."]\ntitle = "A small'),
    "base": ('title = "A small', 'base = "drawn"\ntitle = "A small'),
    "title of a curve": ("[curves.effort]", '[curves.effort]\ntitle = "Effort"'),
    "label of a curve": ("[curves.effort]", '[curves.effort]\nlabel = "Effort"'),
    "seeds of a curve": ("seeds = 2", "seeds = 20"),
    "a default written out": ("[horizon]", "[climate]\ndiscount_rate = 0.035\n[horizon]"),
    "the same number": ("visits_per_month = 0.0", "visits_per_month = 0"),
    "reordered keys": (
        'starts = "2018-05"\nends = "2019-04"',
        'ends = "2019-04"\nstarts = "2018-05"',
    ),
    "a note": ("[seeds]", "# polished\n[seeds]"),
}
# What changes the tables.
HARMFUL: dict[str, tuple[str, str]] = {
    "end of the horizon": ('ends = "2019-04"', 'ends = "2019-05"'),
    "start of the horizon": ('starts = "2018-05"', 'starts = "2018-04"'),
    "months since opening": ("[6, 12]", "[6, 9, 12]"),
    "pass share": ("headline_months = 12", "headline_months = 12\npass_share = 0.4"),
    "a push": ("visits_per_month = 0.0", "visits_per_month = 0.5"),
    "councils": ("draw = 12", "draw = 13"),
    "behaviour": ("[horizon]", "[behaviour]\ntemperature = 0.5\n[horizon]"),
    "traits": ("[horizon]", "[traits]\npressure_sd = 0.04\n[horizon]"),
    "climate": ("[horizon]", "[climate]\nsevere_share = 0.25\n[horizon]"),
    "network": ("[horizon]", "[network]\nsimilar_contacts = 7\n[horizon]"),
    "an offer": (
        "[scenarios.no_visits.push]",
        "[scenarios.no_visits.offers.main]\ndepth = 0.3\n[scenarios.no_visits.push]",
    ),
    "an event": (
        "[scenarios.no_visits.push]",
        '[[scenarios.no_visits.events]]\ndate = "2018-08"\n'
        "change.climate.severe_share = 0.5\n[scenarios.no_visits.push]",
    ),
    "name of a scenario": ("[scenarios.drawn]", "[scenarios.drawn_afresh]"),
    "setting of a curve": ('setting = "push.visits_per_month"', 'setting = "push.codesign"'),
    "values of a curve": ("[0.0, 6.0, 12.0]", "[0.0, 6.0, 11.0]"),
    "group of a curve": ('"250,000-500,000"', '"under 100,000"'),
}


@pytest.fixture(scope="module")
def plain_hash(tmp_path_factory: pytest.TempPathFactory) -> str:
    return hash_of(tmp_path_factory.mktemp("hash"), SMALL + CURVES)


def changed(change: tuple[str, str]) -> str:
    text = SMALL + CURVES
    assert change[0] in text
    new = text.replace(*change)
    if change[0] == "[scenarios.drawn]":
        new = new.replace('"drawn"', '"drawn_afresh"')
    if change[1].endswith('codesign"'):
        new = new.replace("12.0]", "0.5]").replace("6.0", "0.3")
    return new


@pytest.mark.parametrize("what", HARMLESS)
def test_words_seeds_and_order_do_not_change_the_hash(
    what: str, plain_hash: str, tmp_path: Path
) -> None:
    assert hash_of(tmp_path, changed(HARMLESS[what])) == plain_hash


def test_the_order_of_scenarios_does_not_change_the_hash(plain_hash: str, tmp_path: Path) -> None:
    head, first, second, third = re.split(r"(?=\n\[scenarios\.\w+\]\n)", SMALL)
    assert hash_of(tmp_path, head + third + second + first + CURVES) == plain_hash


@pytest.mark.parametrize("what", HARMFUL)
def test_every_setting_that_decides_results_changes_the_hash(
    what: str, plain_hash: str, tmp_path: Path
) -> None:
    assert hash_of(tmp_path, changed(HARMFUL[what])) != plain_hash


def settings_of(table: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all numbers and choices of a dumped scenario."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from settings_of(value, (*path, key))
        else:
            yield (*path, key)


def test_each_setting_of_a_scenario_counts_but_for_words(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path))
    scenario = experiment.scenarios["framework"]
    words = {"title", "stands_for", "evidence", "assumptions", "programme"}
    plain = settings_hash(experiment)
    paths = list(settings_of(scenario.model_dump()))
    assert len(paths) > 100
    for path in paths:
        part: Any = scenario
        for key in path[:-1]:
            part = part[key] if isinstance(part, dict) else getattr(part, key)
        if path[-1] in ("edge_list", "events"):
            continue  # what the file holds counts, see below; for events see above
        # Not validated: any other value will do.
        value = getattr(part, path[-1])
        other = 0.123 if isinstance(value, float) else (7 if value is None else None)
        if isinstance(value, str):
            other = value + "x"  # type: ignore[assignment]
        if isinstance(value, int):
            other = value + 1
        fresh = part.model_copy(update={path[-1]: other})
        for index in range(len(path) - 2, -1, -1):
            above: Any = scenario
            for key in path[:index]:
                above = above[key] if isinstance(above, dict) else getattr(above, key)
            if isinstance(above, dict):
                fresh = {**above, path[index]: fresh}
            else:
                fresh = above.model_copy(update={path[index]: fresh})
        scenarios = {**experiment.scenarios, "framework": fresh}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydantic notices values of a wrong kind
            new = settings_hash(experiment.model_copy(update={"scenarios": scenarios}))
        assert (new == plain) == (path[-1] in words), ".".join(path)


TWO_OFFERS = """
[scenarios.two]
councils = { nations = ["Scotland"] }
"""


@pytest.mark.parametrize("name", ["label", "title", "programme", "evidence", "stands_for"])
def test_an_offer_may_be_named_like_a_word_and_still_counts(name: str, tmp_path: Path) -> None:
    offer = f'{TWO_OFFERS}[scenarios.two.offers.{name}]\nopens = "2018-05"\ndepth = '
    assert hash_of(tmp_path, f"{SMALL}{offer}0.1\n") != hash_of(tmp_path, f"{SMALL}{offer}0.9\n")


def test_the_order_of_offers_counts_where_it_decides_their_luck(tmp_path: Path) -> None:
    one = '[scenarios.two.offers.one]\nopens = "2018-05"\ndepth = 0.1\n'
    two = '[scenarios.two.offers.two]\nopens = "2018-05"\ndepth = 0.5\n'
    texts = [SMALL + TWO_OFFERS + one + two, SMALL + TWO_OFFERS + two + one]
    tables = [
        simulate(written(tmp_path, text), scenarios=["two"], workers=1, out=None).joined
        for text in texts
    ]
    same_tables = tables[0].equals(tables[1])
    assert (hash_of(tmp_path, texts[0]) == hash_of(tmp_path, texts[1])) == same_tables


EDGES = "listener,source,weight\nGlasgow City,City of Edinburgh,1.0\n"


def with_edges(path: str) -> str:
    network = f'[network]\nkind = "edge_list"\nedge_list = "{path}"\nisolation_allowed = true\n'
    return SMALL.replace("[horizon]", network + "[horizon]")


def test_what_an_edge_list_holds_counts_not_where_it_lies(tmp_path: Path) -> None:
    places = [tmp_path / "one" / "ties.csv", tmp_path / "two" / "others.csv"]
    hashes = []
    for index in places:
        index.parent.mkdir()
        index.write_text(EDGES, encoding="utf-8")
        hashes.append(hash_of(index.parent, with_edges(index.name)))
    assert hashes[0] == hashes[1]
    places[1].write_text(EDGES.replace("1.0", "2.0"), encoding="utf-8")
    assert hash_of(places[1].parent, with_edges(places[1].name)) != hashes[0]


def test_what_a_source_does_counts_and_not_how_it_is_written(tmp_path: Path) -> None:
    plain = code_of(RULE)
    for how, text in SAME.items():
        assert code_of(text) == plain, how
    for how, text in OTHER.items():
        assert code_of(text) != plain, how
    half = RULE.index("def ")
    assert code_of(RULE[half:], RULE[:half]) == plain, "in two files"


RULE = '''"""Rules."""
import math

LIMIT: float = 0.5


def share(part: float, whole: float = 1.0) -> float:
    """Share of a whole."""
    ratio: float = part / whole  # as one does
    return min(ratio, LIMIT)


class Box:
    """A box."""

    size: int = 3

    def double(self) -> int:
        """Twice."""
        return 2 * self.size
'''
SAME = {
    "comments": RULE.replace("# as one does", "# otherwise"),
    "docstrings": RULE.replace("Share of a whole", "What part it is").replace(
        '"""Twice."""\n', "\n"
    ),
    "annotations": RULE.replace(": float", "").replace(" -> float", "").replace(" -> int", ""),
    "imports": RULE.replace("import math", "import numpy"),
    "type checking": RULE.replace("import math", "if TYPE_CHECKING:\n    import math"),
    "line ends": RULE.replace("\n", "\r\n"),
    "spacing": RULE.replace("part / whole", "(part\n        / whole)"),
}
OTHER = {
    "a constant": RULE.replace("0.5", "0.6"),
    "a default": RULE.replace("1.0", "2.0"),
    "a sign": RULE.replace("part / whole", "part * whole"),
    "an order": RULE.replace("min(ratio, LIMIT)", "min(LIMIT, ratio)"),
    "a method": RULE.replace("2 * self", "3 * self"),
    "a field": RULE.replace("size: int = 3", "size: int = 4"),
    "a name": RULE.replace("class Box", "class Crate"),
    "a text that is no docstring": RULE + 'NAME = "joined"\n',
}


def code_of(*texts: str) -> str:
    return code_hash([(f"file{number}.py", text) for number, text in enumerate(texts)])


@pytest.mark.parametrize("name", [name for name, _ in model_texts(ROOT / "sim")])
def test_every_source_of_the_model_counts(name: str) -> None:
    text = dict(model_texts(ROOT / "sim"))[name]
    more = "ANOTHER = 1\n" if name.endswith(".py") else "another row\n"
    assert code_hash([(name, text + more)]) != code_hash([(name, text)])


def test_a_change_of_one_source_is_one_of_the_whole() -> None:
    texts = dict(model_texts(ROOT / "sim"))
    assert code_hash(list(texts.items())) == model_hash()
    changed = {**texts, "model/rules.py": texts["model/rules.py"] + "ANOTHER = 1\n"}
    assert code_hash(list(changed.items())) != model_hash()


def test_all_modules_that_the_model_uses_count() -> None:
    """Modules with which a run is made, found by making one in a bare process."""
    code = (
        "import sys\n"
        "import sim.model.mesa_model, sim.runs.measure, sim.model.world\n"
        "print('\\n'.join(name for name in sys.modules if name.startswith('sim.')))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    used = {name.removeprefix("sim.").replace(".", "/") for name in out}
    # Settings count by their values; messages and places in files decide nothing.
    used = {name for name in used if (ROOT / "sim" / f"{name}.py").is_file()}
    places = ("settings/editing", "settings/events", "settings/location", "settings/programme")
    used = {name for name in used if not name.startswith("settings") or name in places}
    used -= {"files/problems", "files/toml_lines", "files/typed", "files/writing", "files/words"}
    used -= {"runs/tables"}
    assert used >= {"model/mesa_model", "model/rules", "model/world", "model/draws"}
    missing = {f"{name}.py" for name in used} - set(dict(model_texts(ROOT / "sim")))
    assert not missing, f"used by the model but not part of its hash: {sorted(missing)}"


def test_the_hash_of_the_model_is_that_of_another_process() -> None:
    code = "from sim.runs.fingerprint import model_hash; print(model_hash())"
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == model_hash()


# ---------------------------------------------------------------- the fit


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    """What the fit that comes along was fitted to."""
    structure = about_posterior()["structure"]
    return load_calibration(ROOT / "experiments" / "calibration.toml", structure=structure)


@pytest.fixture(scope="module")
def one_case(calibration: Calibration) -> Calibration:
    """A small case by itself, which the readable model runs in a moment, and many join in part."""
    cases = {"collaborative_buying": calibration.experiments["collaborative_buying"]}
    return Calibration(calibration.file, cases, {})


def test_the_fit_belongs_to_what_its_cases_give(calibration: Calibration) -> None:
    """If this fails, behaviour was fitted to another model: calibrate again and --publish."""
    assert about_posterior()["cases"] == fit_digest(case_digests(calibration))


def test_both_engines_give_a_case_the_same_digest(one_case: Calibration) -> None:
    assert case_digests(one_case, "mesa") == case_digests(one_case)


def test_a_changed_rule_voids_the_fit(
    one_case: Calibration, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = case_digests(one_case, "mesa")
    usual = rules.attention
    monkeypatch.setattr(rules, "attention", lambda *given: usual(*given) * 1.05)
    assert case_digests(one_case, "mesa") != before


def test_a_changed_default_voids_the_fit(one_case: Calibration) -> None:
    before = case_digests(one_case)
    (name,) = one_case.experiments
    experiment = one_case.experiments[name]
    for table, setting in (("traits", "pressure_sd"), ("climate", "severe_share")):
        scenario = one_case.scenario(name)
        part = getattr(scenario, table)
        assert f"{table}.{setting}" not in one_case.file.priors
        moved = part.model_copy(update={setting: 1.5 * getattr(part, setting)})
        changed = experiment.model_copy(
            update={"scenarios": {name: scenario.model_copy(update={table: moved})}}
        )
        assert case_digests(Calibration(one_case.file, {name: changed}, {})) != before, setting


def test_other_draws_and_other_data_void_the_fit(
    one_case: Calibration, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = case_digests(one_case)
    with monkeypatch.context() as patched:
        patched.setattr(digests, "SEEDS", (1, 3))
        assert case_digests(one_case) != before
    usual = build_world

    def richer(*given: Any) -> Any:
        world = usual(*given)
        spend = np.array(world.it_spend_gbp_m)
        spend[0] *= 1.01
        return replace(world, it_spend_gbp_m=spend)

    monkeypatch.setattr(digests, "build_world", richer)
    assert case_digests(one_case) != before


def test_a_fit_by_other_names_is_the_same() -> None:
    assert fit_digest({"a": "1", "b": "2"}) == fit_digest({"b": "2", "a": "1"})
    assert fit_digest({"a": "1", "b": "2"}) != fit_digest({"a": "2", "b": "1"})
