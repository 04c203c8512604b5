"""Networks are looked at before anything runs, for every seed, and sizes are estimated."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.analysis.findings import find
from sim.cli.plan import plan_text
from sim.experiment.graphs import graph_lines
from sim.experiment.load import load_experiment
from sim.experiment.plan import Runs, make_plan, with_seeds
from sim.files.problems import BadInput
from sim.settings import Experiment, Sensitivity
from sim.study import simulate
from tests.shared.listening import Recorder

HEAD = """\
title = "T"
question = "Q?"
[horizon]
starts = "2018-05"
ends = "2018-12"
[seeds]
count = {seeds}
[outcomes]
months_since_opening = [3]
headline_months = 3
[sensitivity]
seeds = 0
[ideas]
seeds = 0
"""
ONE = """\
[scenarios.a]
[scenarios.a.offers.main]
opens = "2018-05"
"""
SCOTLAND = '[councils]\nnations = ["Scotland"]\n'
LISTENER = "listener,source,weight\n"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def loaded(text: str, seeds: int = 2) -> Experiment:
    Path("x.toml").write_text(HEAD.format(seeds=seeds) + text, encoding="utf-8")
    return load_experiment(Path("x.toml"))


def refused(text: str, seeds: int = 2) -> str:
    with pytest.raises(BadInput) as caught:
        loaded(text, seeds)
    # Wrapped lines as one.
    return " ".join(str(caught.value).split())


# ---------------------------------------------------------------- networks


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('[councils]\ncodes = ["Fife", "Fife", "S12000047"]\n', "Fife listens to nobody"),
        (
            SCOTLAND
            + "[network.layers]\nborder = 0\nsimilar = 0\nnational = 0\ncross_border = 0\n",
            "Renfrewshire and 27 more listen to nobody allowed: ties for each, other councils, or "
            "network.isolation_allowed = true",
        ),
        (
            SCOTLAND + '[network]\nkind = "watts_strogatz"\ndegree = 384\n',
            "network.degree given: 384 problem: 32 councils cannot have 384 ties each allowed: "
            "2 to 31",
        ),
        (
            '[councils]\nsynthetic = 2\n[network]\nkind = "barabasi_albert"\n',
            "2 councils cannot have 6 ties each allowed: another kind of network, for so few",
        ),
        (
            SCOTLAND + '[network]\nkind = "erdos_renyi"\nedge_probability = 0.0\n',
            "listen to nobody",
        ),
        (SCOTLAND + "[network.layers]\nborder = 5e-324\n", "too near to 0 to mean anything"),
    ],
)
def test_a_network_that_cannot_be_made_is_refused(settings: str, told: str) -> None:
    assert told in refused(settings + ONE)
    assert "x.toml, line" in refused(settings + ONE)


def test_isolation_that_is_allowed_is_no_fault() -> None:
    settings = '[councils]\ncodes = ["Fife"]\n[network]\nisolation_allowed = true\n'
    assert len(make_plan(loaded(settings + ONE)).runs) == 2


@pytest.mark.parametrize("draw", [5, 12])
def test_draws_are_looked_at_for_every_seed(draw: int) -> None:
    told = refused(f"[councils]\ndraw = {draw}\n" + ONE, seeds=20)
    assert "councils.draw" in told
    assert "of 20 seeds: in seed " in told
    assert "network.isolation_allowed = true" in told


def test_draws_of_one_nation_lose_nobody() -> None:
    experiment = loaded('[councils]\nnations = ["England"]\ndraw = 2\n' + ONE, seeds=1_000)
    results = simulate(
        with_seeds(experiment, 5), out=None, workers=1, engine="mesa", progress=Recorder()
    )
    assert results.failed.empty


def test_further_seeds_are_looked_at_too() -> None:
    # Seed 2 is the first to draw a single council of Scotland.
    experiment = loaded("[councils]\ndraw = 12\n" + ONE, seeds=1)
    assert with_seeds(experiment, 1).seeds.count == 1
    with pytest.raises(BadInput, match="in seed 2 it"):
        with_seeds(experiment, 2)


def test_fresh_graphs_are_looked_at_for_every_seed() -> None:
    network = '[network]\nkind = "erdos_renyi"\ndegree = 4\nfresh_for_each_seed = true\n'
    told = refused(SCOTLAND + network + ONE, seeds=20)
    assert "network.fresh_for_each_seed" in told
    assert "or more ties for each council" in told


def test_values_of_a_curve_and_hybrids_are_looked_at() -> None:
    curve = '[curves.c]\nsetting = "network.degree"\nvalues = [4, 40]\nscenarios = ["a"]\n'
    told = refused(SCOTLAND + '[network]\nkind = "watts_strogatz"\n' + ONE + curve)
    assert "curves.c.values[2]" in told
    assert "32 councils cannot have 40 ties each" in told


# ---------------------------------------------------------------- edge lists

EDGES = '[network]\nkind = "edge_list"\nedge_list = "ties.csv"\n'


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "ties.csv problem: the file is empty"),
        (
            b"listener,source,weight\nFife,Fyfe,1\n",
            "ties.csv, line 2 problem: no council is called",
        ),
        (b"listener,source,weight\nFife,Moray,1e308\n", "ties.csv, line 2 problem: a weight must"),
        (b"listener,source,weight\nFife,Fife,1\n", "ties.csv, line 2 problem: Fife cannot listen"),
        (b"listener,source,weight\n\xd4,Fife,1\n", "line 2 problem: there is a character here"),
        (b"listener,source,weight\nFife,Moray,1\n", "x.toml, line 19: network.edge_list"),
    ],
)
def test_an_edge_list_is_read_before_anything_runs(data: bytes, told: str) -> None:
    Path("ties.csv").write_bytes(data)
    assert told in refused(SCOTLAND + EDGES + ONE)


def test_an_edge_list_with_ties_for_all_is_fine() -> None:
    rows = "".join(f"Synthetic {n};Synthetic {n % 5 + 1};0,5\r\n" for n in range(1, 6))
    Path("ties.csv").write_bytes(b"\xef\xbb\xbfListener;Source;Weight\r\n" + rows.encode())
    experiment = loaded("[councils]\nsynthetic = 5\n" + EDGES + ONE)
    results = simulate(experiment, out=None, workers=1, engine="mesa", progress=Recorder())
    assert results.failed.empty


@pytest.mark.parametrize("path", ["x" * 5000, "folder"])
def test_a_path_that_is_no_file(path: str) -> None:
    Path("folder").mkdir()
    told = refused(SCOTLAND + EDGES.replace("ties.csv", path) + ONE)
    assert "network.edge_list" in told
    assert "there is no such file" in told or "the file cannot be read: File name too long" in told


# ---------------------------------------------------------------- offers and curves


def test_an_offer_that_nobody_can_join_is_refused() -> None:
    told = refused(SCOTLAND + ONE + 'scope = { nations = ["England"] }\n')
    assert "offers.main.scope" in told
    assert "nobody can join this offer" in told


def test_an_offer_that_opens_to_somebody_later_is_fine() -> None:
    event = (
        '[[scenarios.a.events]]\ndate = "2018-07"\n'
        'change.offers.main.scope = { nations = ["Scotland"] }\n'
    )
    assert loaded(SCOTLAND + ONE + 'scope = { nations = ["England"] }\n' + event)


CURVE = '[curves.c]\nsetting = "push.codesign"\nvalues = [0.5, 0.7]\nscenarios = ["a"]\n'


def test_a_value_stands_on_a_curve_once() -> None:
    told = refused(SCOTLAND + ONE + CURVE.replace("0.7", "0.5"))
    assert "curves.c.values[2] given: 0.5 problem: this value stands in the list already" in told


def test_the_group_of_a_curve_is_there() -> None:
    told = refused(SCOTLAND + ONE + CURVE + 'group = "Atlantis"\n')
    assert "scenario a has no group of this name" in told
    assert "allowed: Scotland, scottish_unitary, under 100,000" in told
    assert "England" in refused(SCOTLAND + ONE + CURVE + 'group = "England"\n')
    assert loaded(SCOTLAND + ONE + CURVE + 'group = "Scotland"\n')


# ---------------------------------------------------------------- sizes


def test_a_network_too_large_is_refused_by_an_estimate() -> None:
    told = refused('[councils]\nsynthetic = 50000\n[network]\nkind = "complete"\n' + ONE)
    assert "has about 2,499,950,000 ties, too many for memory allowed: at most 5,000,000" in told


def test_a_large_graph_is_not_made_to_be_described() -> None:
    experiment = loaded("[councils]\nsynthetic = 50000\n" + ONE)
    (line,) = graph_lines(experiment, ["a"])
    assert "50,000 councils" in line
    assert "not made here" in line


def test_too_many_runs_are_refused_with_a_number_that_goes() -> None:
    many = "".join(ONE.replace("scenarios.a", f"scenarios.s{n}") for n in range(51))
    told = refused(SCOTLAND + many, seeds=1_000_000)
    assert "seeds.count given: 1000000" in told
    assert "51,000,000 runs are too many to plan" in told
    few = int(told.split("at most about ")[1].split(" seeds")[0].replace(",", ""))
    experiment = loaded(SCOTLAND + many, seeds=few)
    assert len(make_plan(experiment).runs) == 51 * few
    with pytest.raises(BadInput, match="seeds"):
        make_plan(with_seeds(experiment, 1_000_000))
    assert len(make_plan(with_seeds(experiment, 100_000), ["s1"]).runs) == 100_000


@pytest.mark.slow
def test_a_file_too_large_is_judged_with_fewer_seeds_where_they_are_asked_for(
    tmp_path: Path,
) -> None:
    many = "".join(ONE.replace("scenarios.a", f"scenarios.s{n}") for n in range(51))
    path = tmp_path / "large.toml"
    path.write_text(HEAD.format(seeds=1_000_000) + SCOTLAND + many, encoding="utf-8")
    assert load_experiment(path, most_seeds=2).seeds.count == 2
    assert "102 runs to do" in plan_text(path, (), 2, None, 1, "auto")
    for seeds in (None, 500_000):
        with pytest.raises(BadInput, match="runs are too many to plan"):
            load_experiment(path, most_seeds=seeds)


def test_results_too_large_are_refused() -> None:
    told = refused("[councils]\nsynthetic = 5000\n" + ONE, seeds=1_000_000)
    assert "the results would take about" in told
    assert "gigabytes of memory" in told


def test_too_many_offers_points_and_councils_are_refused() -> None:
    offers = "".join(f'[scenarios.a.offers.o{n}]\nopens = "2018-05"\n' for n in range(21))
    assert "there are 21 of them allowed: at most 20" in refused(SCOTLAND + offers)
    ends = ONE + "[levers]\nseeds = 2\n"
    curves = "".join(CURVE.replace("curves.c", f"curves.c{n}") for n in range(40))
    told = refused("[councils]\nsynthetic = 50000\n" + ends + curves)
    assert "together have" in told
    assert "too many for memory" in told


def test_a_plan_behaves_as_the_tuple_of_its_runs() -> None:
    runs = Runs({"b": range(4, 7), "a": range(4, 6), "none": range(4, 4)})
    pairs = (("b", 4), ("a", 4), ("b", 5), ("a", 5), ("b", 6))
    assert tuple(runs) == pairs == runs
    assert runs == Runs({"b": (4, 5, 6), "a": range(4, 6)})
    assert runs != pairs[:-1]
    assert (len(runs), runs[0], runs[-1], runs[1:3]) == (5, pairs[0], pairs[-1], pairs[1:3])
    assert ("a", 5) in runs
    assert ("a", 6) not in runs
    with pytest.raises(IndexError):
        runs[5]
    left = runs.without({("b", 5), ("a", 4), ("a", 5)})
    assert left == (("b", 4), ("b", 6))
    assert left.seeds_of == {"b": (4, 6)}
    assert runs.without({("b", 4)}).seeds_of["b"] == range(5, 7)
    # A million runs take no more room than one.
    assert len(Runs({"a": range(10**12)})) == 10**12


def test_ends_of_settings_next_to_nothing_can_be_run() -> None:
    # Three tenths of a millionth would be refused as a setting.
    experiment = loaded("[levers]\nseeds = 2\n" + SCOTLAND + ONE + "joining_cost_gbp_m = 1e-6\n")
    doubted = experiment.model_copy(update={"sensitivity": Sensitivity(seeds=2)})
    found = make_plan(doubted).points
    assert "sensitivity/a/offers.main.joining_cost_gbp_m/0" in found
    for point in found.values():
        point.settings(doubted)


# ---------------------------------------------------------------- nothing on offer


def test_an_experiment_without_offers_has_results_and_findings() -> None:
    experiment = loaded(
        "[councils]\nsynthetic = 6\n[scenarios.a]\noffers = {}\n[scenarios.b]\noffers = {}\n"
    )
    results = simulate(experiment, out=None, workers=1, engine="mesa", progress=Recorder())
    assert results.failed.empty
    assert len(results.runs) == 4
    assert set(results.runs["joined_share_end"]) == {0.0}
    findings = find(results)
    assert set(findings["headline"]["scenario"]) <= {"a", "b"}
