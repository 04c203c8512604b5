"""Results in a notebook, and the frame of all settings: what a researcher sees first."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from sim.analysis.headline import headline_table
from sim.experiment.load import load_experiment
from sim.experiment.settings_table import settings_table
from sim.files.problems import BadInput
from sim.notebook import NotebookResults
from sim.settings.editing import numeric_settings
from sim.study import simulate
from tests.shared.experiments import SMALL, written

MARKUP = "<script>alert(1)</script> & <b>more</b>"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> NotebookResults:
    path = written(tmp_path_factory.mktemp("notebook"), SMALL)
    changes = {"title": MARKUP, "scenarios.framework.title": MARKUP}
    return simulate(path, changes=changes, seeds=4, workers=1, out=None)


class Cells(HTMLParser):
    """Tags, and the words in each cell."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_results_show_themselves_as_a_table(results: NotebookResults) -> None:
    read = Cells(results._repr_html_())
    assert not {"script", "b"} & set(read.tags)
    assert MARKUP in read.words
    median = headline_table(results)["median"].iloc[0]
    assert f"{100 * median:.0f}%" in read.words
    assert read.tags.count("tr") == 1 + len(results.scenarios)
    assert any("too few to tell how far futures differ" in word for word in read.words) or any(
        "points needs about" in word for word in read.words
    )
    assert repr(results) == f"{MARKUP}: 12 runs of 3 scenarios"


def test_results_without_a_run_show_themselves_too(results: NotebookResults) -> None:
    none = results.runs.iloc[:0]
    failed = results.runs.iloc[:2][["point", "seed"]].assign(error="no")
    parts = {name: getattr(results, name).iloc[:0] for name in ("series", "groups", "joined")}
    empty = NotebookResults(results.experiment, results.design, none, **parts, failed=failed)
    assert "2 runs failed." in empty._repr_html_()


def test_pictures_are_figures_that_show_themselves(results: NotebookResults) -> None:
    picture = results.plot("adoption")
    assert isinstance(picture, Figure)
    with Image.open(BytesIO(picture._repr_png_())) as shown:
        assert shown.size == (1600, 900)
    for wrong, why in ((("adoptoin", 1), "meant:    adoption"), (("curves", 1), "nothing for")):
        with pytest.raises(BadInput, match=why):
            results.plot(*wrong)
    with pytest.raises(BadInput, match="no such page"):
        results.plot("adoption", page=99)


def test_results_compare_with_others(results: NotebookResults, tmp_path: Path) -> None:
    other = simulate(
        written(tmp_path, SMALL),
        changes=["scenarios.framework.offers.main.depth=0.9"],
        seeds=4,
        workers=1,
        out=None,
    )
    table = results.compare(other)
    (row,) = table.query("scenario == 'framework' and outcome == 'joined_share_end'").to_dict(
        "records"
    )
    shares = [
        one.of("scenario").query("scenario == 'framework'")["joined_share_end"].mean()
        for one in (results, other)
    ]
    assert row["difference"] == pytest.approx(shares[1] - shares[0])
    assert row["paired"]
    same = results.compare(results)
    assert same["difference"].dropna().eq(0.0).all()
    assert set(same["verdict"]) <= {"equal", "not known", "hardly differs", "cannot be told"}
    assert (
        same.set_index(["scenario", "outcome"]).loc[("framework", "joined_share_end"), "verdict"]
        == "equal"
    )


def test_settings_of_an_experiment_can_be_changed(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path, SMALL))
    visits = "scenarios.framework.push.visits_per_month"
    changed = experiment.with_settings({visits: 3.5, "seeds.count": 7})
    assert changed.scenarios["framework"].push.visits_per_month == 3.5
    assert changed.seeds.count == 7
    # Another scenario is complete already, and stays as it is.
    assert changed.scenarios["drawn"] == experiment.scenarios["drawn"]
    assert experiment.with_settings({}) == experiment
    by_text = simulate(experiment, changes=[f"{visits}=3.5"], seeds=1, workers=1, out=None)
    by_value = simulate(changed, seeds=1, workers=1, out=None)
    assert by_text.runs.equals(by_value.runs)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"scenarios.framework.push.visit_per_month": 3}, "meant:    visits_per_month"),
        ({"scenarios.framework.offers.main.depth": 3}, "a number from 0 to 1"),
        ({"scenarios.framewrk.push.codesign": 0}, "meant:    framework"),
        ({"horizon.ends": "2000-01"}, "changes"),
        ({"no name": 0}, "this is no name of a setting"),
    ],
)
def test_a_wrong_change_is_told_as_in_a_file(
    changes: dict[str, object], told: str, tmp_path: Path
) -> None:
    path = written(tmp_path, SMALL)
    (key,) = changes
    for refused in (
        lambda: load_experiment(path).with_settings(changes),
        lambda: simulate(load_experiment(path), changes=changes, out=None),
        lambda: load_experiment(path, changes),
    ):
        with pytest.raises(BadInput) as caught:
            refused()
        assert told in str(caught.value)
        assert "changes" in str(caught.value)
        assert key in str(caught.value)


def test_every_setting_that_a_sweep_can_move_stands_in_the_frame() -> None:
    table = settings_table().set_index("setting")
    assert table.index.is_unique
    experiment = load_experiment("quickstart")
    scenario = next(iter(experiment.scenarios.values()))
    (offer,) = scenario.offers
    named = {
        name.replace(f"offers.{offer}.", "offers.NAME.") for name in numeric_settings(scenario)
    }
    assert named <= set(table.index)
    depth = table.loc["offers.NAME.depth"]
    assert (depth["default"], depth["low"], depth["high"]) == ("0.3", 0.0, 1.0)
    assert table.loc["network.degree", "effect"] == "world"
    assert table.loc["climate.austerity_per_year", "effect"] == "derived"
    assert "promised-savings" in str(table.loc["offers.NAME.promised_saving_share", "evidence"])
    assert table["meaning"].str.len().min() > 0
