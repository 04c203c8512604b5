"""A finished fit written as files that experiments name."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from sim.calibration import calibrate as fitting
from sim.calibration import publish as publishing
from sim.calibration.check import check_fit
from sim.calibration.load import load_calibration
from sim.calibration.programmes import appeals_to_come, deviation, spreads
from sim.calibration.publish import DRAWS, get_place, publish
from sim.calibration.smc import Particles
from sim.cli import app
from sim.experiment.load import load_experiment
from sim.experiment.parameters import ABOUT, APPEAL_IN, DATA, about_posterior, load_draws
from sim.files.problems import BadInput
from tests.shared.experiments import SMALL, written
from tests.shared.scenarios import FOLDER

FILE = FOLDER / "calibration.toml"
STRUCTURE = about_posterior()["structure"]
OPTION = [] if STRUCTURE is None else ["--structure", STRUCTURE]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fit leaves, with particles that nobody fitted."""
    folder = tmp_path_factory.mktemp("finished")
    calibration = load_calibration(FILE, structure=STRUCTURE)
    rng = np.random.default_rng(1)
    z = rng.standard_normal((DRAWS + 7, len(calibration.parameters)))
    statistics = rng.standard_normal((len(z), 2, len(calibration.targets)))
    luck = np.zeros((len(z), 1), dtype=np.int64)
    fitting._keep(folder / fitting.STATE, Particles(z, statistics, luck, tempering=1.0))
    manifest = {"title": "A fit", "cases": "0", "particles": len(z)}
    manifest |= {"worth_draws": len(z), "stages": 1}
    (folder / "calibration.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_draws_of_the_posterior_have_appeals_and_nothing_else_new(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike, apart = tmp_path / "alike", tmp_path / "apart"
    publish(FILE, finished, apart, structure=STRUCTURE)
    with monkeypatch.context() as m:
        m.setattr(publishing, "spreads", lambda _, z: np.zeros(len(z)))
        m.setattr(publishing, "appeals_to_come", lambda _, z: np.zeros(len(z)))
        publish(FILE, finished, alike, structure=STRUCTURE)
    before, after = (load_draws("posterior", str(folder)) for folder in (alike, apart))
    for name in before.names:
        if name != APPEAL_IN:
            np.testing.assert_array_equal(before.of(name), after.of(name))
    calibration = load_calibration(FILE, structure=STRUCTURE)
    z = fitting.read_particles(finished / fitting.STATE).z
    order = np.random.default_rng([calibration.file.seed, publishing.ORDER]).permutation(len(z))
    expected = appeals_to_come(calibration, z[order[:DRAWS]])
    appeals = after.of(APPEAL_IN) - before.of(APPEAL_IN)
    np.testing.assert_allclose(appeals, expected, atol=0.02)  # three digits are written
    assert load_draws("prior", str(alike)).digest == load_draws("prior", str(apart)).digest
    told = [about_posterior(str(folder))["programme_appeal_sd"] for folder in (alike, apart)]
    assert told == [0.0, round(deviation(spreads(calibration, z)), 3)]


def test_what_is_published_can_be_named_by_an_experiment(finished: Path, tmp_path: Path) -> None:
    publish(FILE, finished, tmp_path / "a" / "fit", structure=STRUCTURE)
    (tmp_path / "a" / "fit" / "note.txt").touch()
    text = SMALL.replace("[sensitivity]", '[parameters]\nfit = "a/fit"\n\n[sensitivity]')
    fit = load_experiment(written(tmp_path, text)).parameters.fit
    assert fit == str(tmp_path / "a" / "fit")
    assert about_posterior(fit)["title"] == "A fit"
    assert about_posterior(fit)["settings"].keys() == about_posterior()["settings"].keys()
    assert load_draws("posterior", fit).names == load_draws("posterior").names
    # The prior does not depend on the fit.
    assert load_draws("prior", fit).digest == load_draws("prior").digest


def test_the_command_writes_to_the_folder_that_is_named(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fitting, "calibrate", lambda *given, **named: finished)
    before = {path: path.read_bytes() for path in DATA.iterdir() if path.is_file()}
    folder = tmp_path / "my_fit"
    monkeypatch.setattr(
        sys, "argv", ["run.py", "calibrate", "calibration", "--publish", str(folder), *OPTION]
    )
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert not ended.value.code
    assert (folder / ABOUT).is_file()
    assert '[parameters] fit = "my_fit"' in capsys.readouterr().out
    assert {path: path.read_bytes() for path in DATA.iterdir() if path.is_file()} == before


def test_what_cannot_be_published_is_told_before_the_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match="so few particles") as caught:
        get_place(tmp_path / "few", DRAWS - 1)
    assert caught.value.problems[0].allowed == f"at least {DRAWS}"
    assert not (tmp_path / "few").exists()
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot write here"):
        get_place(tmp_path / "file", DRAWS)
    get_place(DATA, DRAWS)  # in a checkout
    monkeypatch.setattr("sim.files.shipped.is_checkout", lambda: False)
    for inside in (DATA, DATA / "new"):
        with pytest.raises(BadInput, match="name a folder of yours"):
            get_place(inside, DRAWS)
    assert not (DATA / "new").exists()


class Nowhere:
    """An executor that nothing may be run on."""

    workers = 1

    def start(self, task: object) -> NoReturn:
        raise AssertionError("ranks of some simulated histories did not come along")


def test_the_ranks_that_come_along_are_all_that_the_file_asks_for(tmp_path: Path) -> None:
    """They took hours: where the fit or its method is another, they are to be made anew."""
    tried = check_fit(FILE, out=tmp_path, structure=STRUCTURE, executor=Nowhere())
    asked = load_calibration(FILE, structure=STRUCTURE).file.check
    assert [(one.particles, len(one.ranks.places)) for one in tried] == [
        (check.particles, check.data_sets) for check in asked
    ]
