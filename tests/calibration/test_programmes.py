"""What sets programmes apart is fitted with behaviour, and cases left out say what it is worth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.calibration.calibrate import calibrate, executor_for, read_particles
from sim.calibration.load import load_calibration
from sim.calibration.plan import APPEAL_SD, Source
from sim.calibration.programmes import (
    ALIKE,
    APART,
    appeals_to_come,
    compare_programmes,
    deviation,
    spreads,
)
from sim.calibration.reduce import make_fit
from sim.files.problems import BadInput
from sim.pages.programmes_page import programmes_part
from sim.present.markdown import markdown
from tests.calibration.test_compared import written
from tests.shared.scenarios import FOLDER

CASES = ("digital_office", "swan", "maturity")
PRIOR = f'"{APPEAL_SD}" = {{ low = 0.0, high = 4.0, scale = "normal", mean = 0.0, sd = 1.0 }}'
RULE = f'[rules]\nappeals = ["{APPEAL_SD}"]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three cases whose programmes may differ."""
    found = written(tmp_path)
    text = found.read_text(encoding="utf-8").replace("[priors]\n", f"{RULE}[priors]\n{PRIOR}\n")
    found.write_text(text, encoding="utf-8")
    return found


def test_every_case_gets_an_appeal_unless_programmes_are_alike(path: Path) -> None:
    apart, alike = load_calibration(path), load_calibration(path, off=("appeals",))
    own = {f"{case}.appeal" for case in apart.experiments}
    assert set(apart.parameters) - set(alike.parameters) == own | {APPEAL_SD}
    for case, of_case in zip(apart.file.cases, apart.own, strict=True):
        assert [apart.parameters[at] for at in of_case.parameters] == [f"{case}.appeal"]
    assert all(len(of_case.parameters) == 0 for of_case in alike.own)


def test_an_appeal_is_added_to_readiness_in_its_units(path: Path) -> None:
    calibration = load_calibration(path)
    values = calibration.values(np.zeros(len(calibration.parameters)))
    values |= {APPEAL_SD: 1.5, "swan.appeal": -2.0}
    values["digital_office.appeal"] = 0.0
    usual = values["behaviour.intercept"]
    assert calibration.in_case(values, "swan")["behaviour.intercept"] == usual - 3.0
    assert calibration.in_case(values, "digital_office")["behaviour.intercept"] == usual
    # A case with an appeal of its own has no other; what is not of the fit has the one it is given.
    assert calibration.in_case(values, "swan", 9.0)["behaviour.intercept"] == usual - 3.0
    del values["swan.appeal"]
    assert calibration.in_case(values, "swan", 0.7)["behaviour.intercept"] == usual + 0.7


def test_appeals_to_come_follow_from_a_seed_and_spread_as_the_fit_says(path: Path) -> None:
    calibration = load_calibration(path)
    z = np.random.default_rng(2).standard_normal((4_000, len(calibration.parameters)))
    spread = spreads(calibration, z)
    assert spread.min() >= 0.0
    assert deviation(spread) == pytest.approx(1.0, rel=0.05)  # of a half normal prior
    found = appeals_to_come(calibration, z)
    assert float(found.std()) == pytest.approx(1.0, rel=0.05)
    np.testing.assert_array_equal(found, appeals_to_come(calibration, z))
    wide, narrow = (np.abs(found[part]).mean() for part in (spread > 1.0, spread < 0.3))
    assert wide > 4.0 * narrow
    alike = load_calibration(path, off=("appeals",))
    assert not appeals_to_come(alike, z[:, : len(alike.parameters)]).any()


@pytest.mark.slow
def test_cases_far_apart_of_the_same_terms_ask_for_appeals(path: Path, tmp_path: Path) -> None:
    """The same case thrice: in one nearly all join, in one half, in one nearly none."""
    text = path.read_text(encoding="utf-8")
    office = (FOLDER / "history" / "digital_office.toml").as_posix()
    for case in ("held_out/swan.toml", "held_out/digital_maturity.toml"):
        text = text.replace((FOLDER / "history" / case).as_posix(), office)
    figures = {"digital_office": 0.95, "swan": 0.5, "maturity": 0.1}
    for case, figure in figures.items():
        begin = text.index(f"[targets.of_{case}]")
        head, tail = text[:begin], text[begin:]
        for key, value in (("figure", figure), ("low", figure - 0.1), ("high", figure + 0.1)):
            old = next(line for line in tail.splitlines() if line.startswith(f"{key} ="))
            tail = tail.replace(old, f"{key} = {value}", 1)
        months = next(line for line in tail.splitlines() if line.startswith("months ="))
        text = head + tail.replace(months, "months = 20", 1)
    path.write_text(text.replace("particles = 20", "particles = 200"), encoding="utf-8")
    folder = calibrate(path, out=tmp_path, workers=1)
    calibration, particles = load_calibration(path), read_particles(folder / "particles.npz")
    assert deviation(spreads(calibration, particles.z)) > 1.2  # 1 before
    names = list(calibration.parameters)
    liked, middling, refused = (
        float(np.median(particles.z[:, names.index(f"{case}.appeal")])) for case in figures
    )
    assert liked > middling > refused


@pytest.mark.slow
def test_what_appeals_are_worth_is_told_by_cases_left_out(path: Path, tmp_path: Path) -> None:
    said: list[str] = []
    fit = make_fit(tmp_path, None, lambda line: None, executor_for(1), None)
    found = compare_programmes(Source(str(path)), fit, refit=0, say=said.append)
    assert said == ["Programmes alike:", "Programmes apart:"]
    assert list(found.table.index) == [ALIKE, APART]
    width = found.table["width"].to_dict()
    assert width[APART] > width[ALIKE]
    assert (found.table["inside"] <= found.table["figures"]).all()
    assert found.spread.shape == (20,)
    page = markdown(programmes_part(found))
    assert "each has an appeal of its own" in page
    assert page.count("\n| ") == 4


def test_programmes_that_are_alike_anyway_are_not_compared(tmp_path: Path) -> None:
    fit = make_fit(tmp_path, None, lambda line: None, executor_for(1), None)
    with pytest.raises(BadInput, match="programmes are alike"):
        compare_programmes(Source(str(written(tmp_path))), fit, refit=0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (PRIOR, '"swan.appeal" = { low = -1.0, high = 1.0 }', "no case has this"),
        ("low = 0.0, high = 4.0", "low = -4.0, high = 4.0", "at least 0"),
        (PRIOR, f'{PRIOR}\n"swn.appeal" = {{ low = -1.0, high = 1.0 }}', "no case has this"),
        ("swan = ", "programmes = ", "a table of parameters has this name"),
    ],
    ids=["an appeal without a spread", "a spread below none", "an appeal of no case", "a case"],
)
def test_mistakes_in_appeals(path: Path, old: str, new: str, words: str) -> None:
    text = path.read_text(encoding="utf-8").replace(RULE, "")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput, match=words) as caught:
        load_calibration(path)
    assert f"{path}, line" in str(caught.value)
