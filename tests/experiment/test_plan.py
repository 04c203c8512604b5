"""Plans and their execution: order, independence of workers and chunks, failing runs, curves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sim.experiment import plan as runner
from sim.experiment.design import points
from sim.experiment.load import load_experiment
from sim.experiment.plan import Plan, make_plan, with_seeds
from sim.model.run import Engine
from sim.runs.results import Results, load_results
from sim.settings import Experiment
from sim.study import simulate
from tests.shared.experiments import CURVES, SMALL, assert_same_results, written
from tests.shared.failing import make_fail

SLOW = pytest.mark.slow
VISITS = "push.visits_per_month"


def point_of(of: Experiment, curve: str, scenario: str, position: int) -> str:
    """Id of a point of a curve."""
    (found,) = (
        point.id
        for point in points(of)
        if (point.design, point.scenario, point.position) == (curve, scenario, position)
    )
    return found


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return load_experiment(written(tmp_path_factory.mktemp("plan"), SMALL + CURVES))


@pytest.fixture(scope="module")
def reference(experiment: Experiment) -> Results:
    """The tables by one process, one chunk, in memory."""
    return simulate(experiment, workers=1, out=None)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The same without curves."""
    return simulate(written(tmp_path_factory.mktemp("plain")), workers=1, out=None)


# ---------------------------------------------------------------- the plan


def test_the_first_seed_of_everything_comes_before_the_second(experiment: Experiment) -> None:
    runs = make_plan(experiment).runs
    assert [seed for _, seed in runs] == sorted(seed for _, seed in runs)
    of_curves = [point_of(experiment, "effort", "framework", index) for index in range(3)]
    of_curves += [point_of(experiment, "effort", "drawn", index) for index in range(3)]
    of_curves += [point_of(experiment, "large", "framework", index) for index in range(2)]
    everything = ["framework", "no_visits", "drawn", *of_curves]
    for number, names in ((1, everything), (2, everything), (3, everything[:3])):
        assert [point for point, seed in runs if seed == number] == names


def test_seeds_start_where_the_file_says(tmp_path: Path) -> None:
    text = SMALL.replace("count = 3", "count = 2\nfirst = 40")
    plan = make_plan(load_experiment(written(tmp_path, text)))
    assert [seed for _, seed in plan.runs] == [40] * 3 + [41] * 3


@pytest.mark.parametrize(("seeds", "of_points"), [(1, 1), (2, 2), (5, 2)])
def test_a_point_takes_its_own_seeds_but_never_more_than_were_asked_for(
    experiment: Experiment, seeds: int, of_points: int
) -> None:
    asked = experiment.model_copy(
        update={"seeds": experiment.seeds.model_copy(update={"count": seeds})}
    )
    runs = make_plan(asked).runs
    one = point_of(experiment, "effort", "framework", 1)
    assert [seed for point, seed in runs if point == one] == list(range(1, of_points + 1))
    assert [seed for point, seed in runs if point == "drawn"] == list(range(1, seeds + 1))


def test_choosing_scenarios_chooses_the_points_of_their_curves(experiment: Experiment) -> None:
    names = {point for point, _ in make_plan(experiment, ["drawn"]).runs}
    assert names == {"drawn", *(point_of(experiment, "effort", "drawn", i) for i in range(3))}


@pytest.mark.parametrize("size", [1, 2, 100])
def test_chunks_cover_all_runs_once_the_first_seeds_of_everything_first(
    experiment: Experiment, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CHUNK_SEEDS", size)
    plan = make_plan(experiment)
    chunks = plan.chunks("compiled")
    runs = [(chunk.point, seed) for chunk in chunks for seed in chunk.seeds]
    assert len(runs) == len(plan.runs)
    assert set(runs) == set(plan.runs)
    assert all(1 <= len(chunk.seeds) <= size for chunk in chunks)
    first = [chunk.seeds[0] for chunk in chunks]
    assert first == sorted(first)
    if size == 1:
        assert tuple(runs) == plan.runs


def test_a_chunk_is_little_work(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.01)
    plan = make_plan(with_seeds(experiment, 1000))
    engines: tuple[Engine, ...] = ("compiled", "mesa")
    for engine in engines:
        for chunk in plan.chunks(engine):
            work = len(chunk.seeds) * plan.run_seconds(chunk.point, engine)
            assert work <= runner.CHUNK_SECONDS or len(chunk.seeds) == 1
    assert len(plan.chunks("mesa")) > len(plan.chunks("compiled"))


def test_work_is_counted_in_councils_and_months(experiment: Experiment) -> None:
    plan = make_plan(experiment)
    assert plan.council_months["framework"] == 32 * 12
    assert plan.council_months["drawn"] == 12 * 12
    assert plan.council_months[point_of(experiment, "effort", "drawn", 2)] == 12 * 12
    one, two = plan.seconds(1, "mesa"), plan.seconds(2, "mesa")
    assert one - plan.once_seconds == pytest.approx(2 * (two - plan.once_seconds))
    assert plan.once_seconds > make_plan(with_seeds(experiment, 1)).once_seconds
    assert plan.seconds(1, "compiled") < one


def test_without_leaves_out_just_what_is_done(experiment: Experiment) -> None:
    plan = make_plan(experiment)
    left = plan.without({("framework", 1), ("drawn", 3), ("never_heard_of", 1)})
    assert set(plan.runs) - set(left.runs) == {("framework", 1), ("drawn", 3)}
    assert isinstance(left, Plan)
    assert len(left.runs) == len(plan.runs) - 2


# ---------------------------------------------------------------- independence


@pytest.mark.parametrize(
    ("engine", "workers", "size"),
    [
        ("compiled", 1, 1),
        ("compiled", 2, 1),
        ("compiled", 3, 2),
        ("mesa", 2, 2),
        pytest.param("mesa", 1, 100, marks=SLOW),
        pytest.param("mesa", 3, 1, marks=SLOW),
    ],
)
def test_tables_do_not_depend_on_workers_or_chunks(
    experiment: Experiment,
    reference: Results,
    engine: Engine,
    workers: int,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers are threads with one engine, processes with the other."""
    monkeypatch.setattr(runner, "CHUNK_SEEDS", size)
    assert len(make_plan(experiment).chunks(engine)) > workers, "too few chunks to tell"
    tables = simulate(experiment, workers=workers, engine=engine, out=None)
    assert_same_results(tables, reference)


def test_tables_on_disk_are_those_in_memory(
    reference: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CHUNK_SEEDS", 2)
    path = written(tmp_path, SMALL + CURVES)
    kept = simulate(path, workers=1, out=tmp_path / "out", present=False)
    assert_same_results(kept, reference)
    again = simulate(path, workers=1, out=tmp_path / "out", present=False)
    assert_same_results(again, reference)
    assert again.directory == kept.directory


def test_results_can_be_loaded_without_a_report(tmp_path: Path) -> None:
    path = written(tmp_path)
    kept = simulate(path, seeds=1, workers=1, out=tmp_path / "out", present=False)
    assert kept.directory is not None
    loaded = load_results(kept.directory)
    assert_same_results(loaded, kept)
    assert loaded.experiment.scenarios == kept.experiment.scenarios


def test_more_seeds_leave_the_rows_of_earlier_ones_as_they_are(tmp_path: Path) -> None:
    path, out = written(tmp_path), tmp_path / "out"
    few = simulate(path, seeds=2, workers=1, out=out, present=False)
    many = simulate(path, seeds=4, workers=1, out=out, present=False)
    whole = simulate(path, seeds=4, workers=1, out=None)
    assert many.directory == few.directory
    assert_same_results(many, whole)
    for name in ("runs", "series", "groups", "joined"):
        table: pd.DataFrame = getattr(many, name)
        old = table[table["seed"] <= 2].reset_index(drop=True)
        assert_frame_equal(old, getattr(few, name), check_exact=True, check_dtype=False)
    assert sorted(many.runs["seed"].unique()) == [1, 2, 3, 4]


def test_scenarios_run_one_by_one_give_the_tables_of_all_at_once(
    reference: Results, tmp_path: Path
) -> None:
    path, out = written(tmp_path, SMALL + CURVES), tmp_path / "out"
    first = simulate(path, scenarios=["drawn"], workers=1, out=out, present=False)
    assert set(first.design["scenario"]) == {"drawn"}
    assert set(first.runs["point"]) == set(first.design["point"])
    assert len(first.design) == 4
    assert_same_results(simulate(path, workers=1, out=out, present=False), reference)


def test_a_fresh_draw_differs_from_seed_to_seed_and_only_there(reference: Results) -> None:
    joined = reference.joined
    drawn = joined[joined["point"] == "drawn"]
    sets = [frozenset(part["gss_code"]) for _, part in drawn.groupby("seed")]
    assert [len(codes) for codes in sets] == [12, 12, 12]
    assert len(set(sets)) == 3
    whole = joined[joined["point"] == "framework"]
    assert {len(part) for _, part in whole.groupby("seed")} == {32}


@pytest.mark.parametrize("compiled", [True, False])
def test_compiling_is_told_where_it_takes_its_time(
    compiled: bool, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("sim.model.run", "sim.study"):
        monkeypatch.setattr(f"{place}.is_compiled", lambda: compiled)
    said: list[str] = []
    simulate(
        experiment,
        seeds=1,
        scenarios=["drawn"],
        workers=1,
        engine="compiled",
        out=None,
        say=said.append,
    )
    assert any("Compiling" in line for line in said) is not compiled


# ---------------------------------------------------------------- curves


def test_a_point_is_the_scenario_with_one_setting_changed(reference: Results) -> None:
    curves = reference.of("curve")
    assert sorted(curves["design"].unique()) == ["effort", "large"]
    effort = curves[(curves["design"] == "effort") & (curves["scenario"] == "framework")]
    assert list(zip(effort[VISITS], effort["seed"], strict=True)) == [
        (value, seed) for value in (0.0, 6.0, 12.0) for seed in (1, 2)
    ]
    shared = [name for name in reference.runs.columns if name != "point"]
    for value, twin in ((0.0, "no_visits"), (6.0, "framework")):
        found = effort.loc[effort[VISITS] == value, shared].reset_index(drop=True)
        runs = reference.runs
        same = runs.loc[(runs["point"] == twin) & (runs["seed"] <= 2), shared]
        assert_frame_equal(found, same.reset_index(drop=True), check_exact=True, check_dtype=False)
    # Points of curves are no scenarios: they leave no rows in the other tables.
    names = set(reference.experiment.scenarios)
    assert set(reference.of("scenario")["scenario"]) == names
    for table in (reference.series, reference.groups, reference.joined):
        assert set(table["point"]) == names


def test_a_curve_of_a_group_holds_the_shares_of_that_group(reference: Results) -> None:
    curves = reference.of("curve")
    large = curves[curves["design"] == "large"].set_index([VISITS, "seed"])
    groups = reference.groups[reference.groups["group"] == "250,000-500,000"]
    shares = ["joined_share_6m", "joined_share_12m", "joined_share_end"]
    whole = reference.runs.set_index(["point", "seed"])
    differs = False
    for value, twin in ((0.0, "no_visits"), (6.0, "framework")):
        for seed in (1, 2):
            row = groups[(groups["point"] == twin) & (groups["seed"] == seed)].iloc[0]
            for share in shares:
                assert large[share][value, seed] == row[share]
                differs |= bool(row[share] != whole[share][twin, seed])
            # All else is of all councils.
            assert large["visits"][value, seed] == whole["visits"][twin, seed]
    assert differs, "the group behaves like the whole: nothing is tested"


# ---------------------------------------------------------------- failing runs


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[set[int]], None]]:
    """Make the runs of some seeds fail, in this process."""
    fail: set[int] = set()
    make_fail(monkeypatch, fail)

    def choose(seeds: set[int]) -> None:
        fail.clear()
        fail.update(seeds)

    yield choose
    fail.clear()


# A chunk for each run, two seeds in a chunk, all seeds of a scenario in one.
@pytest.mark.parametrize(
    ("size", "seeds"),
    [pytest.param(1, {1, 3}, marks=SLOW), (2, {1}), (2, {3}), (100, {2}), (100, {1, 3})],
)
def test_a_failing_run_becomes_a_row_and_is_tried_again(
    failing: Callable[[set[int]], None],
    plain: Results,
    size: int,
    seeds: set[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "CHUNK_SEEDS", size)
    path, out = written(tmp_path), tmp_path / "out"
    failing(seeds)
    partly = simulate(path, workers=1, out=out, present=False)
    names = ["drawn", "framework", "no_visits"]
    keys = [(name, seed) for name in names for seed in sorted(seeds)]
    assert list(zip(partly.failed["point"], partly.failed["seed"], strict=True)) == keys
    for error in partly.failed["error"]:
        assert error.startswith("Traceback")
        assert error.rstrip().endswith("ZeroDivisionError: made to fail")
    # The rest went on, and its rows are those of an undisturbed run.
    for name in ("runs", "series", "groups", "joined"):
        table: pd.DataFrame = getattr(plain, name)
        rest = table[~table["seed"].isin(seeds)].reset_index(drop=True)
        assert_frame_equal(getattr(partly, name), rest, check_exact=True, check_dtype=False)
    assert partly.manifest["failed_runs"] == len(keys)
    assert partly.manifest["runs"] == 9 - len(keys)
    # Again while it still fails, then once it works.
    again = simulate(path, workers=1, out=out, present=False)
    assert list(zip(again.failed["point"], again.failed["seed"], strict=True)) == keys
    failing(set())
    said: list[str] = []
    mended = simulate(path, workers=1, out=out, present=False, say=said.append)
    assert any(f"{len(keys)} runs to do" in line for line in said), said
    assert mended.failed.empty
    assert_same_results(mended, plain)
    assert mended.manifest["failed_runs"] == 0


def test_a_failing_point_of_a_curve_is_a_failed_run(
    failing: Callable[[set[int]], None], reference: Results, tmp_path: Path
) -> None:
    path, out = written(tmp_path, SMALL + CURVES), tmp_path / "out"
    failing({2})
    partly = simulate(path, workers=1, out=out, present=False)
    assert set(partly.failed["seed"]) == {2}
    assert len(partly.failed) == 3 + 8
    assert set(partly.of("curve")["seed"]) == {1}
    failing(set())
    assert_same_results(simulate(path, workers=1, out=out, present=False), reference)


@pytest.mark.parametrize("on_disk", [False, True])
def test_all_runs_may_fail(
    failing: Callable[[set[int]], None], plain: Results, on_disk: bool, tmp_path: Path
) -> None:
    path = written(tmp_path)
    failing({1, 2, 3})
    none = simulate(path, workers=1, out=tmp_path / "out" if on_disk else None)
    assert len(none.failed) == 9
    assert none.runs.empty
    assert none.scenarios == []
    assert none.failed["error"].str.contains("made to fail").all()
    if on_disk:
        failing(set())
        mended = simulate(path, workers=1, out=tmp_path / "out", present=False)
        assert_same_results(mended, plain)
