"""Facts as data, and what settings rest on: every link holds from both sides."""

from __future__ import annotations

import csv
import re
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from sim.cli.evidence import WIDTH, evidence_list, evidence_of
from sim.evidence.basis import Basis, all_bases, programme_bases, setting_bases
from sim.evidence.facts import UNVERIFIED, Fact, _parsed, load_evidence
from sim.experiment.load import load_programmes
from sim.experiment.parameters import load_draws
from sim.files.problems import BadInput
from sim.settings import Behaviour, Climate, Offer, Push, Table, Traits
from tests.shared.folders import ROOT

DATA = ROOT / "sim" / "data"
FACTS = load_evidence()
BASES = all_bases()
UNVERIFIED_FACTS = [fact for fact in FACTS.values() if not fact.may_be_quoted]


# ---------------------------------------------------------------- the file


def test_rows_are_complete() -> None:
    assert len(FACTS) > 100
    for fact in FACTS.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fact.id)
        assert fact.section
        assert fact.claim
        assert re.fullmatch(r"parameter|pattern [1-7]|validation|context", fact.use), fact.id
        assert fact.source or not fact.may_be_quoted, f"{fact.id} has no source"
        # A row is shown on its own, so it may not lean on the one before.
        assert not fact.claim.startswith(("The same", "Its ")), fact.id


def test_every_pattern_has_its_facts() -> None:
    assert {fact.use for fact in FACTS.values()} >= {f"pattern {number}" for number in range(1, 8)}


def test_derived_facts_come_from_others_that_may_be_quoted() -> None:
    for fact in FACTS.values():
        if fact.source.startswith("from "):
            assert fact.confidence == "D"
            assert FACTS[fact.source.removeprefix("from ")].may_be_quoted


def test_text_is_clean() -> None:
    raw = (DATA / "evidence.csv").read_bytes()
    assert b"\r" not in raw
    rows = list(csv.reader(raw.decode("utf-8").splitlines(), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(cell == cell.strip() for row in rows for cell in row)


HEAD = "id,section,claim,figure,date,source,confidence,use,settings"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,S,c,,,s,S,context,", "a,S,c,,,s,S,context,"], "two rows called a"),
        (["a,S,c,,,s,X,context,"], "a: confidence is S, D or U"),
    ],
)
def test_a_wrong_row_is_refused(rows: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _parsed([HEAD, *rows])


def test_notify_figures_are_those_of_the_list() -> None:
    councils = pd.read_csv(DATA / "councils.csv", usecols=["gss_code", "nation", "council_type"])
    signed = pd.read_csv(DATA / "notify_signed_to_2018_11.csv")[["gss_code", "signed_by"]]
    table = councils.merge(signed, how="left", validate="one_to_one")
    assert table["signed_by"].notna().sum() == len(signed)
    england = table[table["nation"] == "England"]
    district = england["council_type"] == "district"

    def count(rows: pd.DataFrame, by: str) -> str:
        """Write as in the file, with the share of these councils."""
        found = int((rows["signed_by"] <= by).sum())
        return f"{found} of {len(rows)} ({100 * found / len(rows):.1f} %)"

    last = "2018-11-30"
    assert FACTS["notify-uptake-7"].figure == count(england, "2018-03-01")
    assert FACTS["notify-uptake-16"].figure == count(england, last)
    assert FACTS["notify-uptake-scotland"].figure == count(
        table[table["nation"] == "Scotland"], last
    )
    tiers = f"{count(england[~district], last)}; {count(england[district], last)}; ratio 2.6"
    assert FACTS["notify-uptake-tier"].figure == tiers


# ---------------------------------------------------------------- links


def test_links_are_the_same_from_both_sides() -> None:
    """A fact names what it informs, and what it informs names the fact."""
    named_by_settings: dict[str, set[str]] = defaultdict(set)
    own = {
        name: basis for name, basis in BASES.items() if name in setting_bases() or basis.is_bounded
    }
    for name, basis in own.items():
        for fact in basis.facts:
            named_by_settings[fact.id].add(name)
    for fact in FACTS.values():
        assert set(fact.settings) == named_by_settings[fact.id], fact.id
        assert len(set(fact.settings)) == len(fact.settings), fact.id


def test_what_sets_parameters_is_pointed_to() -> None:
    unused = [fact.id for fact in FACTS.values() if fact.use == "parameter" and not fact.settings]
    assert not unused


def test_every_default_is_bounded_by_facts_or_said_to_be_assumed() -> None:
    tables: dict[str, type[Table]] = {"behaviour": Behaviour, "traits": Traits, "climate": Climate}
    for group, model in tables.items():
        for key in model.model_fields:
            basis = BASES[f"{group}.{key}"]
            assert basis.facts or basis.kind in ("assumption", "convention"), basis.name
            assert basis.source or basis.kind != "convention", basis.name


@pytest.mark.parametrize("basis", BASES.values(), ids=list(BASES))
def test_unverified_facts_never_bear_a_value_alone(basis: Basis) -> None:
    assert not basis.is_bounded or any(fact.may_be_quoted for fact in basis.facts)


def test_every_figure_of_the_programmes_has_its_ground() -> None:
    for programme, table in load_programmes().table.items():
        figures = {*table["push"]}.union(*table["offers"].values())
        assert {f"{programme}.{key}" for key in figures} == {
            name for name in programme_bases() if name.startswith(f"{programme}.")
        }
        # Names must be enough to tell figures apart.
        assert len(figures) == len(table["push"]) + sum(map(len, table["offers"].values()))
        assert set(table["rests_on"]) <= figures, programme
    assert not set(Offer.model_fields) & set(Push.model_fields) - {"scope"}


def test_effort_is_an_assumption_wherever_it_stands() -> None:
    recorded_nowhere = re.compile(
        r".*\.(visits_per_\w+|depth|codesign|annual_fee_gbp_m|joining_cost_gbp_m|annual_cost_gbp_m)"
    )
    found = [basis for name, basis in BASES.items() if recorded_nowhere.fullmatch(name)]
    assert len(found) > 50
    assert {basis.kind for basis in found} == {"assumption"}


# ---------------------------------------------------------------- on the command line


def assert_marked(text: str, fact: Fact) -> None:
    """Check that an unverified fact is marked wherever it is named."""
    plain = " ".join(text.split())
    for found in re.finditer(rf"(?<![\w-]){fact.id}(?![\w-])", plain):
        assert UNVERIFIED in plain[found.end() : found.end() + len(UNVERIFIED) + 4], fact.id


def test_the_list_has_every_setting_and_fits_the_screen() -> None:
    text = evidence_list()
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDTH == 100
    assert len([line for line in lines if re.match(r"  [a-z]\S+ +\S", line)]) > len(BASES)
    for fact in UNVERIFIED_FACTS:
        assert_marked(text, fact)


@pytest.mark.parametrize("name", BASES)
def test_each_can_be_told_in_full(name: str) -> None:
    text = evidence_of(name)
    plain = " ".join(text.split())
    assert max(map(len, text.splitlines())) <= WIDTH
    basis = BASES[name]
    assert plain.startswith(f"{name} {basis.meaning}")
    assert f"basis {basis.kind}" in plain
    for fact in basis.facts:
        for part in (fact.claim, fact.figure, fact.date, fact.source):
            assert " ".join(part.split()) in plain
        if not fact.may_be_quoted:
            assert_marked(text, fact)
    assert "(unverified)" not in text


def test_what_bounds_is_told_from_what_only_informs() -> None:
    bounded = evidence_of("behaviour.abandon_depth_per_month")
    assert "Bounded by\n\n  verify-pilots-quit\n" in bounded
    informed = evidence_of("gaap.switching_cost_years")
    assert "Informed, not bounded, by" in informed
    assert f"migration-cost  {UNVERIFIED}" in informed


def test_the_last_part_of_a_name_is_enough_where_it_is_the_only_one() -> None:
    assert evidence_of("taste_sd") == evidence_of("behaviour.taste_sd")


def test_a_fitted_setting_says_between_what_it_is_drawn() -> None:
    draws = load_draws("posterior").of("behaviour.cost_weight")
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95])
    assert f"{middle:.3g} ({low:.3g} to {high:.3g})" in evidence_of("behaviour.cost_weight")
    assert "before the fit" not in evidence_of("behaviour.reactance")


def test_a_part_of_a_name_that_stands_for_one_is_enough() -> None:
    in_full = evidence_of("behaviour.abandon_depth_per_month")
    assert evidence_of("abandon_depth") == evidence_of("Abandon depth") == in_full


def test_a_part_of_a_name_that_stands_for_several_is_told() -> None:
    with pytest.raises(BadInput, match=r"behaviour\.autonomy_weight, traits\.autonomy_mean"):
        evidence_of("autonomy")
    with pytest.raises(BadInput, match=r"traits\.it_floor_gbp_m"):
        evidence_of("it spend")


@pytest.mark.parametrize("wanted", ["fee", "annual fee", "annual_fee_gbp_m"])
def test_a_setting_is_told_before_the_figures_of_programmes(wanted: str) -> None:
    text = evidence_of(wanted)
    assert text.startswith("offers.annual_fee_gbp_m\n")
    assert "gaap.annual_fee_gbp_m = 0" in text


def test_a_meaning_and_a_fact_lead_to_what_is_meant() -> None:
    assert evidence_of("Fee of a member") == evidence_of("offers.annual_fee_gbp_m")
    fact = evidence_of("notify-open")
    assert fact.startswith("  notify-open\n    claim ")
    assert "informs     notify.opens" in fact


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("behavior.taste_sd", "behaviour.taste_sd"),
        ("abandon_depht", "behaviour.abandon_depth_per_month"),
        ("scotish_framework.visits_per_month", "scottish_framework.visits_per_month"),
    ],
)
def test_an_unknown_name_brings_a_suggestion(wrong: str, right: str) -> None:
    with pytest.raises(BadInput) as caught:
        evidence_of(wrong)
    assert f"meant:    {right}" in str(caught.value)


@pytest.mark.parametrize("wrong", ["", "xyzzy", "."])
def test_a_name_like_no_other_has_no_suggestion(wrong: str) -> None:
    with pytest.raises(BadInput) as caught:
        evidence_of(wrong)
    assert "meant" not in str(caught.value)
