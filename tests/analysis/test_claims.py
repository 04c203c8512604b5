"""Claims on made-up futures: what is true stands, what turns at one end hangs on that end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.analysis.claim_tests import Bench, Estimate
from sim.analysis.claims import AUDIT_COLUMNS, CLAIM_COLUMNS, claim_audits_table, claims_table
from sim.analysis.findings import Findings
from sim.experiment.claims import Held
from sim.experiment.design import Point, points
from sim.experiment.load import load_experiment, with_changes, with_count
from sim.experiment.parameters import draw_of, draws_for
from sim.present.blocks import Table, plain
from sim.present.report.claims import claims
from sim.present.report.facts import Facts
from sim.runs.results import Results
from sim.settings import Claim, Experiment, Parameters
from tests.shared.experiments import SMALL
from tests.shared.structures import come_along, make_structures

OUTCOME = "joined_share_12m"
EMPTY = pd.DataFrame()
# What a point and a seed come to.
Made = Callable[[str, int], float]
LUCK = np.random.default_rng(5).uniform(-0.02, 0.02, 5000)

FILE = SMALL.replace("count = 3", "count = 60").replace(
    "[sensitivity]\nseeds = 0",
    '[sensitivity]\nseeds = 20\nscenarios = ["framework", "no_visits"]',
)
CURVE = """
[curves.effort]
setting = "push.visits_per_month"
values = [6.0, 0.0]
scenarios = ["framework"]
seeds = 40
"""


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    path = tmp_path_factory.mktemp("claims") / "made_up.toml"
    ideas = '[ideas]\nseeds = 40\nscenarios = ["framework"]'
    path.write_text(FILE.replace("[ideas]\nseeds = 0", ideas) + CURVE, encoding="utf-8")
    return load_experiment(path)


def tried(
    experiment: Experiment,
    made: Made,
    *,
    source: str = "point",
    seeds_per_draw: int = 2,
    **settings: Any,
) -> tuple[dict[str, Any], pd.DataFrame, Results]:
    """Row of one claim, its audits, and the made-up results."""
    claim = Claim(says="It is so.", **settings)
    of = experiment.model_copy(
        update={
            "claims": {"it": claim},
            "parameters": Parameters.model_validate(
                {"source": source, "seeds_per_draw": seeds_per_draw}
            ),
        }
    )
    chosen = points(of)
    rows = [
        (point.id, seed, draw_of(of.parameters, seed), made(point.id, seed))
        for point in sorted(chosen, key=lambda point: point.id)
        for seed in range(1, point.seeds + 1)
    ]
    runs = pd.DataFrame(rows, columns=["point", "seed", "draw", OUTCOME])
    results = Results(of, about(chosen), runs, EMPTY, EMPTY, EMPTY, EMPTY)
    audits = claim_audits_table(results)
    found = claims_table(results, audits)
    assert list(audits.columns) == list(AUDIT_COLUMNS)
    assert list(found.columns) == list(CLAIM_COLUMNS)
    row = {str(column): value for column, value in found.iloc[0].items()}
    return row, audits, results


def about(chosen: Sequence[Point]) -> pd.DataFrame:
    """The columns of the design table that claims are tried by."""
    names = ("kind", "design", "position", "scenario", "title")
    rows = [(point.id, *(getattr(point, name) for name in names)) for point in chosen]
    return pd.DataFrame(rows, columns=["point", *names])


def around(value: float) -> Made:
    return lambda _, seed: value + LUCK[seed]


ABOVE: dict[str, Any] = {"test": "above", "scenario": "framework", "figure": 0.5}


def test_what_is_true_by_construction_stands(experiment: Experiment) -> None:
    row, audits, _ = tried(experiment, around(0.9), **ABOVE)
    assert row["verdict"] == "stands"
    assert row["value"] == 1.0
    assert (audits["reading"] == "holds").sum() == len(audits) - row["left_open"]
    assert row["failed"] == 0
    # Both halves of the luck, both ends of each setting in doubt, three networks.
    assert set(audits["audit"]) == {"futures", "luck", "doubt", "networks"}
    assert len(audits[audits["audit"] == "networks"]) == 3
    assert len(audits[audits["audit"] == "doubt"]) > 60


def test_what_is_false_falls(experiment: Experiment) -> None:
    row, _, _ = tried(experiment, around(0.1), **ABOVE)
    assert row["verdict"] == "falls"
    assert row["value"] == 0.0
    assert row["held"] == 0
    below, _, _ = tried(experiment, around(0.1), **{**ABOVE, "test": "below"})
    assert below["verdict"] == "stands"


def test_a_coin_flip_cannot_be_told(experiment: Experiment) -> None:
    row, _, _ = tried(experiment, lambda _, seed: float(LUCK[seed] > 0), **ABOVE)
    assert row["verdict"] == "cannot be told"
    assert row["low"] < 0.5 < row["high"]


def test_few_futures_cannot_tell_whatever_they_say(experiment: Experiment) -> None:
    few = with_count(experiment, 12)
    row, _, _ = tried(few, around(0.9), **ABOVE)
    assert row["seeds"] == 12
    assert row["verdict"] == "cannot be told"


def test_what_turns_at_one_end_hangs_on_that_end(experiment: Experiment) -> None:
    turning = "sensitivity/framework/offers.main.depth/1"
    row, audits, _ = tried(
        experiment, lambda point, seed: 0.1 if point == turning else 0.9 + LUCK[seed], **ABOVE
    )
    assert row["verdict"] == "hangs on"
    assert row["hangs_on"] == "offers.main.depth (high)"
    assert row["failed"] == 1
    end = audits[audits["reading"] == "fails"].iloc[0]
    assert end["high"] < 0.5
    (change,) = [one for one in end["arguments"].split() if one.startswith("scenarios.")]
    found = next(point for point in points(experiment) if point.id == turning)
    assert change == f"scenarios.framework.offers.main.depth={found.changes['offers.main.depth']}"


@pytest.mark.parametrize(("quantile", "verdict"), [(0.6, "may hang on"), (0.4, "stands")])
def test_an_end_that_makes_it_doubtful_is_named_if_its_middle_is_beyond(
    experiment: Experiment, quantile: float, verdict: str
) -> None:
    doubtful = "sensitivity/framework/offers.main.depth/1"
    limit = np.quantile(LUCK[1:21], quantile)
    row, audits, results = tried(
        experiment,
        lambda point, seed: float(LUCK[seed] > limit) if point == doubtful else 0.9,
        **ABOVE,
    )
    at_end = audits[(audits["what"] == "offers.main.depth") & (audits["end"] == "high")].iloc[0]
    assert at_end["reading"] == "open"
    assert at_end["low"] < 0.5 < at_end["high"]
    assert row["verdict"] == verdict
    if verdict == "stands":
        assert row["hangs_on"] == ""
        return
    assert row["hangs_on"] == "offers.main.depth (high)"
    cells, commands = said(results)
    assert cells[1] == "May hang on"
    assert "at its high end" in cells[2]
    assert "scenarios.framework.offers.main.depth=" in commands


def test_futures_that_few_ends_have_are_read_by_themselves(experiment: Experiment) -> None:
    """A shift adds the doubt of all futures to that of the few: all alike at an end tell more."""
    turning = "sensitivity/framework/offers.main.depth/1"
    row, audits, _ = tried(
        experiment,
        lambda point, seed: 0.1 if point == turning else float(LUCK[seed] > -0.01),
        **ABOVE,
    )
    end = audits[audits["reading"] == "fails"].iloc[0]
    # Wilson's upper end of 0 of 20, wider as for two looks, and no wider.
    assert (end["value"], end["high"]) == (0.0, pytest.approx(0.161 * 1.144, abs=0.001))
    assert row["hangs_on"] == "offers.main.depth (high)"


def test_what_turns_on_one_network_hangs_on_it(experiment: Experiment) -> None:
    row, audits, _ = tried(
        experiment,
        lambda point, seed: 0.1 if point.endswith("/borders_only") else 0.9,
        **ABOVE,
    )
    assert row["hangs_on"] == "borders_only"
    arguments = audits[audits["reading"] == "fails"].iloc[0]["arguments"]
    assert "scenarios.framework.network.layers={" in arguments
    # What it says to type is what was run.
    changes = [one.strip("'") for one in arguments.split("--set ")[1:]]
    usual = experiment.scenarios["framework"]
    again = with_changes(experiment, [change.strip().strip("'") for change in changes])
    assert again.scenarios["framework"].network != usual.network
    assert again.scenarios["framework"].network.layers.border == 1.0
    assert again.scenarios["framework"].network.layers.similar == 0.0


def test_what_turns_where_a_drawn_setting_is_low_hangs_on_it(experiment: Experiment) -> None:
    many = with_count(experiment, 200)
    drawn = draws_for(many.parameters)
    values = drawn.of("behaviour.saving_weight")[:100]
    limit = np.sort(values)[40]

    def made(point: str, seed: int) -> float:
        return 0.9 if values[(seed - 1) // 2] > limit else 0.1

    row, audits, _ = tried(many, made, source="posterior", **ABOVE)
    low, high = (
        audits[(audits["what"] == "behaviour.saving_weight") & (audits["end"] == end)].iloc[0]
        for end in ("low", "high")
    )
    assert (low["value"], high["value"]) == (0.0, 1.0)
    assert (low["trials"], low["seeds"]) == (33, 66)
    assert row["value"] == pytest.approx((values > limit).mean())


@pytest.fixture
def rivals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two other structures, beside the one that experiments have."""
    come_along(monkeypatch, make_structures(tmp_path / "structures"))


@pytest.mark.usefixtures("rivals")
def test_what_turns_in_another_structure_hangs_on_it(experiment: Experiment) -> None:
    row, audits, _ = tried(
        experiment,
        lambda point, seed: 0.1 if point == "structure/today/framework" else 0.9 + LUCK[seed],
        source="posterior",
        **ABOVE,
    )
    assert (row["verdict"], row["hangs_on"]) == ("hangs on", "today")
    (command,) = audits.loc[audits["reading"] == "fails", "arguments"]
    assert command == "--scenarios framework --set 'parameters.fit=\"structure:today\"'"
    assert set(audits.loc[audits["audit"] == "structures", "what"]) == {"today", "alone"}


@pytest.mark.usefixtures("rivals")
@pytest.mark.parametrize("at", ["sensitivity/", "other_network/", "structure/alone/"])
def test_what_an_idea_brings_is_tried_wherever_scenarios_are(
    experiment: Experiment, at: str
) -> None:
    """With and without the idea under the same condition: both ends are held there."""

    def made(point: str, seed: int) -> float:
        without = "without/framework/pressure" in point
        # Under some conditions it brings nothing, though more councils join altogether.
        brings = 0.0 if point.startswith(at) else 0.2
        return float(0.4 + (0.3 if brings == 0.0 else 0.0) + brings * (not without) + LUCK[seed])

    row, audits, _ = tried(
        experiment,
        made,
        source="posterior",
        test="sign",
        scenario="framework",
        idea="pressure",
        by=0.1,
    )
    audit = {"sensitivity/": "doubt", "other_network/": "networks"}.get(at, "structures")
    of_it = audits[audits["audit"] == audit]
    if audit == "structures":
        of_it = of_it[of_it["what"] == "alone"]
    else:
        assert not len(audits[(audits["audit"] == "structures") & (audits["reading"] == "fails")])
    assert len(of_it)
    # The end that is a part of the idea itself is there with it, and not without.
    both = of_it[of_it["what"] != "behaviour.pressure_starving"]
    assert set(both["reading"]) == {"fails"}
    assert both["value"].abs().max() < 1e-9
    assert row["verdict"] == "hangs on"


def test_ends_are_tried_of_scenarios_that_nothing_else_examines(experiment: Experiment) -> None:
    """The scenario of the claim is not among those of [sensitivity]."""
    turning = "sensitivity/drawn/offers.main.depth/1"
    row, audits, results = tried(
        experiment,
        lambda point, seed: 0.1 if point == turning else 0.9 + LUCK[seed],
        **{**ABOVE, "scenario": "drawn"},
    )
    assert row["hangs_on"] == "offers.main.depth (high)"
    # It is there for the claim, and no other finding takes it for its own.
    assert "drawn" not in set(results.of("sensitivity")["scenario"])
    (command,) = audits.loc[audits["reading"] == "fails", "arguments"]
    assert command.startswith("--scenarios drawn --set scenarios.drawn.offers.main.depth=")


@pytest.mark.parametrize(
    ("by", "verdict"), [(0.1, "stands"), (0.2, "cannot be told"), (0.3, "falls")]
)
def test_a_margin_is_asked_of_the_mean_difference(
    experiment: Experiment, by: float, verdict: str
) -> None:
    def made(point: str, seed: int) -> float:
        more = 0.2 if "framework" in point else 0.0
        return float(0.4 + more + LUCK[seed] + (LUCK[seed + 100] if more else 0.0))

    row, _, _ = tried(experiment, made, test="more", scenario="framework", than="no_visits", by=by)
    assert row["verdict"] == verdict
    assert row["value"] == pytest.approx(0.2, abs=0.01)
    assert row["pair"] == "framework against no_visits"


def test_what_both_have_moves_in_both(experiment: Experiment) -> None:
    """The same offer in both scenarios, and behaviour, are moved at once; visits are not."""
    _, audits, _ = tried(
        experiment, around(0.5), test="alike", scenario="framework", than="no_visits", by=0.1
    )
    moved = set(audits.loc[audits["audit"] == "doubt", "what"])
    assert {"offers.main.depth", "behaviour.reactance"} <= moved
    assert "framework: push.visits_per_month" in moved
    assert not any(what.startswith("no_visits: offers") for what in moved)


def test_alike_is_not_within_reach_of_a_wide_interval(experiment: Experiment) -> None:
    def apart(by: float, of: float) -> str:
        row, _, _ = tried(
            experiment,
            lambda point, seed: 0.5 + (of if "framework" in point else LUCK[seed]),
            test="alike",
            scenario="framework",
            than="no_visits",
            by=by,
        )
        return str(row["verdict"])

    assert apart(0.05, 0.0) == "stands"
    assert apart(0.05, 0.2) == apart(0.05, -0.2) == "falls"
    assert apart(0.0001, 0.0) == "cannot be told"


def test_of_two_pairs_that_are_open_the_one_beyond_its_line_decides() -> None:
    def pair(value: float, low: float, high: float, *, beyond: bool) -> Estimate:
        return Estimate(Held("a", "b"), 40, 20, value, low, high, "open", beyond)

    wide = pair(0.06, -0.1, 0.22, beyond=False)
    narrow = pair(0.04, 0.01, 0.08, beyond=True)
    assert Bench._worst([wide, narrow]) is narrow


def test_seeds_of_any_size_are_told_apart(experiment: Experiment) -> None:
    """Numbers with a point would hold 2**62 and the one after it for the same."""
    _, _, results = tried(experiment, around(0.9), **ABOVE)
    runs = results.runs.assign(seed=results.runs["seed"] + 2**62)
    far = Results(results.experiment, results.design, runs, EMPTY, EMPTY, EMPTY, EMPTY)
    assert claim_audits_table(far)["seeds"].iloc[0] == 60
    bench = Bench(far, "it", {point: point for point in far.design["point"]})
    assert bench.usual[bench.pairs[0]].index.is_unique


@pytest.mark.parametrize("seeds_per_draw", [2, 3, 5])
def test_halves_are_halves(experiment: Experiment, seeds_per_draw: int) -> None:
    _, audits, _ = tried(
        experiment, around(0.9), source="posterior", seeds_per_draw=seeds_per_draw, **ABOVE
    )
    halves = audits.loc[audits["audit"] == "luck", "seeds"]
    assert halves.sum() == 60
    assert abs(halves.diff().iloc[1]) <= 1


def test_of_a_ranking_the_weakest_pair_decides(experiment: Experiment) -> None:
    value = {"framework": 0.9, "no_visits": 0.5, "drawn": 0.495}

    def made(point: str, seed: int) -> float:
        base = next(value[name] for name in value if name in point)
        return float(base + LUCK[seed + 100 * ("drawn" in point)])

    row, _, _ = tried(
        experiment, made, test="ranked", scenarios=["framework", "no_visits", "drawn"]
    )
    assert row["pair"] == "no_visits against drawn"
    assert row["value"] < 0.1
    turned, _, _ = tried(
        experiment, made, test="ranked", scenarios=["no_visits", "framework", "drawn"]
    )
    assert (turned["verdict"], turned["pair"]) == ("falls", "no_visits against framework")


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({"curve": "effort"}, "stands"),
        pytest.param({"curve": "effort", "direction": "down"}, "falls", marks=pytest.mark.slow),
        ({"idea": "network"}, "stands"),
        pytest.param({"idea": "network", "direction": "down"}, "falls", marks=pytest.mark.slow),
        pytest.param({"idea": "network", "by": 0.25}, "falls", marks=pytest.mark.slow),
        pytest.param({"idea": "pressure"}, "stands", marks=pytest.mark.slow),
    ],
)
def test_the_sign_of_an_effect(
    experiment: Experiment, settings: dict[str, Any], verdict: str
) -> None:
    """A curve goes from its lowest to its highest value, in whatever order the file has them."""

    def made(point: str, seed: int) -> float:
        less = "without/" in point or "curve/effort/framework/1" in point
        return float(0.7 - 0.2 * less + LUCK[seed])

    row, audits, _ = tried(experiment, made, test="sign", scenario="framework", **settings)
    assert row["verdict"] == verdict
    # Along a curve, and without an idea, it is tried as any other.
    assert {"doubt", "networks"} <= set(audits["audit"])
    by_hand = audits.loc[audits["audit"] == "networks", "value"]
    assert by_hand.abs().to_list() == pytest.approx([0.2] * 3)


def test_claims_on_their_line_are_seldom_told_either_way() -> None:
    """By luck alone about one in twenty is, half of them each way."""
    from sim.analysis.estimators import share_interval

    luck = np.random.default_rng(1)
    told = sum(
        not low < 0.5 < high
        for _, low, high in (share_interval(luck.random(60) < 0.5) for _ in range(400))
    )
    assert told < 40


def test_what_was_not_run_is_said_to_be(experiment: Experiment) -> None:
    _, _, results = tried(experiment, around(0.9), **ABOVE)
    runs = results.runs[~results.runs["point"].str.contains("framework")]
    left = Results(results.experiment, results.design, runs, EMPTY, EMPTY, EMPTY, EMPTY)
    row = claims_table(left, claim_audits_table(left)).iloc[0]
    assert row["verdict"] == "not run"
    assert row["tried"] == 0


# ---------------------------------------------------------------- the report


def said(results: Results) -> tuple[list[str], str]:
    """Cells of the row of the claim, and the commands."""
    audits = claim_audits_table(results)
    table = claims_table(results, audits)
    findings = Findings({"claims": table, "claim_audits": audits})
    blocks = list(claims(Facts(results.experiment, findings), "simulate it"))
    (grid,) = [block for block in blocks if isinstance(block, Table)]
    return [plain(cell, findings) for cell in grid.rows[0]], str(blocks[-1])


def test_a_failing_claim_is_printed_as_large_as_any(experiment: Experiment) -> None:
    _, _, results = tried(experiment, around(0.1), **ABOVE)
    cells, commands = said(results)
    assert cells[:2] == ["It is so.", "Falls"]
    assert cells[3] == "0% of futures (0% to 6%)"
    assert cells[4] == "more than 50% of futures"
    assert "simulate it --scenarios framework" in commands


def test_what_a_claim_hangs_on_is_named_in_plain_words(experiment: Experiment) -> None:
    turning = "sensitivity/framework/offers.main.depth/1"
    _, _, results = tried(experiment, lambda point, seed: 0.1 if point == turning else 0.9, **ABOVE)
    cells, commands = said(results)
    assert cells[1] == "Hangs on"
    assert "at its high end" in cells[2]
    assert "scenarios.framework.offers.main.depth=" in commands


def test_nothing_is_said_where_no_claim_is_stated(experiment: Experiment) -> None:
    table = pd.DataFrame(columns=list(CLAIM_COLUMNS))
    assert list(claims(Facts(experiment, Findings({"claims": table})), "")) == []
