import csv
import subprocess
import sys
import time
from collections import Counter
from dataclasses import fields
from importlib.resources import files

import numpy as np
import pytest

from sim.model.council_names import look_up, not_covered
from sim.model.councils import (
    COUNCIL_TYPES,
    SIZE_BANDS,
    TIERS,
    Councils,
    UnknownCouncil,
    budget_pressure,
    fresh_draw,
    it_spend_gbp_m,
    load_councils,
    select,
    synthetic_councils,
)

ALL = load_councils()
ENGLAND = select(ALL, nations=["England"])
SCOTLAND = select(ALL, nations=["Scotland"])


def spend(name: str) -> float:
    return float(it_spend_gbp_m(ALL)[ALL.index_of(name)])


def pressure(name: str) -> float:
    return float(budget_pressure(ALL)[ALL.index_of(name)])


def raw(column: str, name: str) -> float:
    return float(getattr(ALL, column)[ALL.index_of(name)])


def test_counts_of_april_2018() -> None:
    assert (len(ALL), len(ENGLAND), len(SCOTLAND)) == (385, 353, 32)
    assert Counter(ALL.council_type) == {
        "county": 27,
        "district": 201,
        "unitary": 56,
        "metropolitan": 36,
        "london": 33,
        "scottish_unitary": 32,
    }
    assert set(ALL.council_type) == set(COUNCIL_TYPES)
    assert Counter(ALL.tier) == dict(zip(TIERS, (27, 201, 157), strict=True))
    assert Counter(ALL.size_band) == dict(zip(SIZE_BANDS, (94, 191, 66, 34), strict=True))
    assert len(set(ALL.region)) == 10
    counties = {code for code, tier in zip(ALL.gss_code, ALL.tier, strict=True) if tier == "county"}
    assert set(ALL.county) == counties | {""}


def test_numbers_follow_the_file_and_never_change() -> None:
    np.testing.assert_array_equal(ALL.number, np.arange(1, 386))
    assert ALL.number[ALL.index_of("Hartlepool")] == 1
    assert ALL.number[ALL.index_of("Fife")] == 384
    assert SCOTLAND.number[SCOTLAND.index_of("Fife")] == 384
    alone = select(ALL, codes=["Fife"])
    assert (len(alone), alone.number[0]) == (1, 384)


def test_people_are_counted_once() -> None:
    assert ENGLAND.lower_tier_population.sum() == pytest.approx(55_977_178)
    assert SCOTLAND.lower_tier_population.sum() == pytest.approx(5_438_100)
    kent = ALL.index_of("Kent")
    assert ALL.lower_tier_population[kent] == 0
    assert ALL.population[kent] > 1_500_000
    assert ALL.size_band[kent] == "500,000 and over"


def test_columns_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        ALL.population[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        SCOTLAND.population[0] = 1.0


def test_a_table_has_each_council_once_and_full_columns() -> None:
    with pytest.raises(ValueError, match="only once"):
        ALL.take([3, 3])
    columns = {field.name: getattr(SCOTLAND, field.name) for field in fields(Councils)}
    with pytest.raises(ValueError, match="region"):
        Councils(**{**columns, "region": ("Scotland",)})


@pytest.mark.parametrize("wanted", ["Fife", "fife", " FIFE ", "S12000047", "s12000047"])
def test_finding_a_council(wanted: str) -> None:
    assert ALL.name[ALL.index_of(wanted)] == "Fife"


def test_codes_of_2019_find_the_council_of_2018() -> None:
    assert ALL.name[ALL.index_of("S12000049")] == "Glasgow City"
    assert ALL.name[ALL.index_of("S12000050")] == "North Lanarkshire"
    with pytest.raises(KeyError):
        ENGLAND.index_of("S12000049")


def test_every_official_name_and_kind_finds_its_council() -> None:
    text = (files("sim") / "data" / "councils.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 385
    for number, row in enumerate(rows):
        name, official, kind = row["name"], row["official_name"], row["council_type"]
        for written in (
            official,
            official.upper(),
            f"the {official}",
            name.replace(" and ", " & "),
            name.replace("-", " "),
            name.replace("'", "\u2019"),
            f" {name.replace(' ', chr(0xA0))} ",
        ):
            assert ALL.index_of(written) == number, written
        for written, kinds in {
            f"{name} County Council": {"county"},
            f"London Borough of {name}": {"london"},
            f"{name} Metropolitan Borough Council": {"metropolitan"},
            f"{name} District Council": {"district", "metropolitan"},
        }.items():
            if kind in kinds:
                assert ALL.index_of(written) == number, written


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Hartlepool Borough Council", "Hartlepool"),
        ("London Borough of Camden", "Camden"),
        ("The London Borough of Camden Council", "Camden"),
        ("City of Edinburgh Council", "City of Edinburgh"),
        ("Perth & Kinross", "Perth and Kinross"),
        ("Comhairle nan Eilean Siar", "Na h-Eileanan Siar"),
        ("Western Isles", "Na h-Eileanan Siar"),
        ("Western Isles Council", "Na h-Eileanan Siar"),
        ("Orkney", "Orkney Islands"),
        ("Shepway District Council", "Folkestone and Hythe"),
        ("S12000015", "Fife"),
        ("S12000024", "Perth and Kinross"),
        ("e06000048", "Northumberland"),
        ("E08000020", "Gateshead"),
    ],
)
def test_other_names_and_former_codes(wanted: str, name: str) -> None:
    assert ALL.name[ALL.index_of(wanted)] == name


@pytest.mark.parametrize(
    "wanted",
    [
        "Leicester County Council",
        "London Borough of Fife",
        "Royal Borough of Camden",
        "Cornwall County Council",
        "Kent District Council",
        "Cardiff",
        "W06000015",
        "",
        "Council",
        "the",
    ],
)
def test_no_kind_is_taken_for_another(wanted: str) -> None:
    with pytest.raises(UnknownCouncil):
        ALL.index_of(wanted)


@pytest.mark.parametrize(
    ("wanted", "councils", "year"),
    [
        ("E06000058", "Bournemouth, Christchurch, Poole", "2019"),
        ("Bournemouth, Christchurch & Poole Council", "Bournemouth, Christchurch, Poole", "2019"),
        ("West Suffolk Council", "Forest Heath, St Edmundsbury", "2019"),
        ("Buckinghamshire Council", "Buckinghamshire, Aylesbury Vale", "2020"),
        ("Cumberland", "Allerdale, Carlisle, Copeland", "2023"),
    ],
)
def test_a_merger_is_explained(wanted: str, councils: str, year: str) -> None:
    with pytest.raises(UnknownCouncil) as caught:
        ALL.index_of(wanted)
    (said,) = caught.value.suggestions
    assert said.startswith(councils)
    assert f"that were merged in {year}" in said


def test_what_is_written_of_names_is_of_councils_that_exist() -> None:
    text = (files("sim") / "data" / "council_names.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        codes = row["gss_codes"].split()
        assert set(codes) <= set(ALL.gss_code)
        assert (len(codes) > 1) == bool(row["year"]) == (row["kind"] == "merger")
        assert not set(row["written"].split("/")) & set(ALL.gss_code)


@pytest.mark.parametrize("wanted", ["West Isles", "Western Islands of somewhere", "zz", "12345"])
def test_a_suggestion_is_really_alike(wanted: str) -> None:
    with pytest.raises(UnknownCouncil) as caught:
        ALL.index_of(wanted)
    assert not {"West Somerset", "Western"} & set(caught.value.suggestions)
    assert len(caught.value.suggestions) <= 1


@pytest.mark.parametrize(
    ("wanted", "suggestion"),
    [
        ("Western Iles", ["Na h-Eileanan Siar"]),
        ("Hull", ["Kingston upon Hull"]),
        ("Aberdeen", ["Aberdeen City", "Aberdeenshire"]),
        ("Royal Borough of Camden", ["Camden"]),
        ("Hartlepol Borough Council", ["Hartlepool"]),
    ],
)
def test_suggestions(wanted: str, suggestion: list[str]) -> None:
    with pytest.raises(UnknownCouncil) as caught:
        ALL.index_of(wanted)
    assert caught.value.suggestions == suggestion


@pytest.mark.slow
def test_thousands_of_unknown_names_are_answered_soon() -> None:
    started = time.process_time()
    for number in range(5_000):
        with pytest.raises(UnknownCouncil):
            ALL.index_of(f"Council {number} of Nowhere")
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("wanted", "suggestion"),
    [("Fyfe", "Fife"), ("Edinburgh", "City of Edinburgh"), ("Hull", "Kingston upon Hull")],
)
def test_an_unknown_name_brings_suggestions(wanted: str, suggestion: str) -> None:
    with pytest.raises(KeyError) as caught:
        ALL.index_of(wanted)
    assert isinstance(caught.value, UnknownCouncil)
    assert suggestion in caught.value.suggestions
    assert f"did you mean {caught.value.suggestions[0]}" in str(caught.value)


def test_an_unknown_name_like_no_other_has_no_suggestions() -> None:
    with pytest.raises(KeyError, match=r"no council is called 'zzzzqqqq'$"):
        ALL.index_of("zzzzqqqq")


def test_select_meets_every_restriction_in_order_of_number() -> None:
    chosen = select(ALL, nations=["England"], regions=["London", "North East"], types=["london"])
    assert len(chosen) == 33
    chosen = select(ALL.take(np.arange(384, -1, -1)), codes=["Kent", "S12000047", "Hartlepool"])
    assert chosen.name == ("Hartlepool", "Kent", "Fife")
    assert len(select(ALL, nations="Scotland")) == 32
    assert len(select(ALL)) == 385


def test_select_says_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match=r"no nation is called 'Scotlnd' \(did you mean Scotland"):
        select(ALL, nations=["Scotlnd"])
    with pytest.raises(ValueError, match="no region is called 'Wessex'"):
        select(ALL, regions=["Wessex"])
    with pytest.raises(ValueError, match="no council type is called 'borough'"):
        select(ALL, types=["borough"])
    with pytest.raises(
        ValueError, match=r"'Fyfe' \(did you mean Fife.*'Keent' \(did you mean Kent"
    ):
        select(ALL, codes=["Fyfe", "Keent", "Dover"])
    with pytest.raises(ValueError, match="no council meets"):
        select(ALL, nations=["Scotland"], types=["county"])


def test_fresh_draws_hang_on_the_seed_alone() -> None:
    single = select(ENGLAND, types=["county", "unitary", "metropolitan", "london"])
    assert len(single) == 152
    drawn = fresh_draw(single, 32, seed=7)
    assert len(drawn) == 32
    assert (np.diff(drawn.number) > 0).all()
    assert drawn.name == fresh_draw(single, 32, seed=7).name
    assert drawn.name == fresh_draw(single.take(np.arange(151, -1, -1)), 32, seed=7).name
    assert drawn.name != fresh_draw(single, 32, seed=8).name
    assert set(drawn.number) < set(fresh_draw(single, 33, seed=7).number)
    assert fresh_draw(single, 152, seed=7).name == single.name


@pytest.mark.parametrize("count", [0, 33])
def test_a_fresh_draw_has_limits(count: int) -> None:
    with pytest.raises(ValueError, match=f"cannot draw {count} of 32"):
        fresh_draw(SCOTLAND, count, seed=1)


def test_fresh_draws_are_fair() -> None:
    times = sum(np.isin(SCOTLAND.number, fresh_draw(SCOTLAND, 8, s).number) for s in range(400))
    # A quarter of 400 is 100, with a standard error of 9.
    assert 60 < np.min(times) <= np.max(times) < 140


def test_national_totals_of_it_spend() -> None:
    # 2.4 % of £74.1bn is £1.78bn; the floor adds £0.02bn.
    expenditure = np.nansum(ENGLAND.service_expenditure_2017_18_gbp_m)
    assert 0.024 * expenditure == pytest.approx(1779.2, abs=0.1)
    assert it_spend_gbp_m(ENGLAND).sum() == pytest.approx(1801.1, abs=0.1)
    assert it_spend_gbp_m(SCOTLAND).sum() == pytest.approx(0.03 * 12008.0)
    assert it_spend_gbp_m(SCOTLAND, scotland_share=0.04).sum() == pytest.approx(0.04 * 12008.0)
    assert it_spend_gbp_m(ALL).min() == 0.4


def test_national_means_of_budget_pressure() -> None:
    assert budget_pressure(ENGLAND).mean() == pytest.approx(0.57, abs=0.005)
    assert budget_pressure(SCOTLAND).mean() == pytest.approx(0.31, abs=0.005)
    assert budget_pressure(ALL).min() >= 0
    assert budget_pressure(ALL).max() <= 1


def test_scotland_as_a_whole_was_cut_as_much_as_said() -> None:
    cut = budget_pressure(SCOTLAND, cut_weight=1.0, full_cut=1.0, deprivation_weight=0.0)
    weights = SCOTLAND.scot_gov_revenue_funding_2017_18_gbp_m
    assert np.average(cut, weights=weights) == pytest.approx(0.11)


def test_traits_of_a_council_do_not_depend_on_the_others() -> None:
    some = select(ALL, codes=["Fife", "City of London", "Copeland"])
    places = some.number - 1
    np.testing.assert_array_equal(it_spend_gbp_m(some), it_spend_gbp_m(ALL)[places])
    np.testing.assert_array_equal(budget_pressure(some), budget_pressure(ALL)[places])


def test_copeland_did_not_report() -> None:
    assert np.isnan(raw("service_expenditure_2017_18_gbp_m", "Copeland"))
    assert spend("Copeland") == 0.4


@pytest.mark.parametrize("name", ["Spelthorne", "Forest Heath"])
def test_negative_expenditure_gives_the_floor(name: str) -> None:
    assert raw("service_expenditure_2017_18_gbp_m", name) < 0
    assert spend(name) == 0.4
    assert it_spend_gbp_m(ALL, floor_gbp_m=0.25)[ALL.index_of(name)] == 0.25


def test_forest_heath_is_in_suffolk() -> None:
    assert ALL.name[ALL.index_of(ALL.county[ALL.index_of("Forest Heath")])] == "Suffolk"


def test_isles_of_scilly_are_small_but_there() -> None:
    scilly = ALL.index_of("Isles of Scilly")
    assert ALL.council_type[scilly] == "unitary"
    assert ALL.population[scilly] == 2242
    assert spend("Isles of Scilly") == 0.4
    # Its cash rose by 5.1 %, prices by 12 %.
    cut = 1 - 1.051 / 1.12
    assert pressure("Isles of Scilly") == pytest.approx(0.75 * cut / 0.45 + 0.25 * 0.189)


def test_city_of_london_is_pressed_like_the_mean_borough() -> None:
    assert np.isnan(raw("spending_power_change_2010_18_pct", "City of London"))
    boroughs = select(ALL, types=["london"])
    cut = budget_pressure(boroughs, cut_weight=1.0, full_cut=1.0, deprivation_weight=0.0)
    city = boroughs.index_of("City of London")
    assert cut[city] == pytest.approx(np.delete(cut, city).mean())
    assert spend("City of London") == pytest.approx(0.024 * 178.413)


def test_synthetic_councils_resemble_single_tier_ones() -> None:
    made = synthetic_councils(2000)
    assert made.number[0] == 1001
    assert made.name[:2] == ("Synthetic 1", "Synthetic 2")
    assert set(made.nation) == {"Synthetic"}
    assert set(made.tier) == {"single tier"}
    real = ALL.take(np.flatnonzero(np.array(ALL.tier) == "single tier"))
    assert np.median(made.population) == pytest.approx(np.median(real.population), rel=0.1)
    assert it_spend_gbp_m(made).mean() == pytest.approx(it_spend_gbp_m(real).mean(), rel=0.1)
    assert budget_pressure(made).mean() == pytest.approx(budget_pressure(real).mean(), rel=0.1)
    assert len(np.unique(made.population)) == 2000
    assert not np.isnan(it_spend_gbp_m(made) + budget_pressure(made)).any()
    assert np.ptp(made.easting) == pytest.approx(np.ptp(made.northing), rel=0.05)


def test_a_synthetic_council_is_the_same_in_any_number_of_them() -> None:
    few, many = synthetic_councils(10), synthetic_councils(35_300).take(np.arange(10))
    assert few.gss_code == many.gss_code
    np.testing.assert_array_equal(few.population, many.population)
    np.testing.assert_array_equal(it_spend_gbp_m(few), it_spend_gbp_m(many))
    np.testing.assert_array_equal(budget_pressure(few), budget_pressure(many))
    with pytest.raises(ValueError, match="cannot make 0"):
        synthetic_councils(0)


def test_the_table_is_light_to_import() -> None:
    code = (
        "import sys, sim.model.councils; sim.model.councils.load_councils();"
        "print(sorted({'pandas', 'scipy', 'networkx', 'mesa', 'numba'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("wanted", "nation"),
    [
        ("W06000015", "Wales"),
        ("N09000003", "Northern Ireland"),
        ("City and County of Swansea", "Wales"),
        ("Caerphilly County Borough Council", "Wales"),
        ("Cyngor Sir Ddinbych", ""),  # only names are known, not the Welsh for council
        ("Ynys Môn", "Wales"),
        ("Armagh City, Banbridge & Craigavon Borough Council", "Northern Ireland"),
        ("Belfast City Council", "Northern Ireland"),
    ],
)
def test_other_nations_are_not_covered(wanted: str, nation: str) -> None:
    with pytest.raises(UnknownCouncil) as caught:
        ALL.index_of(wanted)
    covered = f"{nation} is not covered, only England and Scotland"
    assert caught.value.why == (covered if nation else "")
    assert not caught.value.suggestions


def test_no_council_of_the_register_is_taken_for_one_of_another_nation() -> None:
    text = (files("sim") / "data" / "councils_elsewhere.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert Counter(row["nation"] for row in rows) == {"Wales": 22, "Northern Ireland": 11}
    for row in rows:
        for name in row["names"].split("/"):
            assert not_covered(name), name
            assert look_up(name) is None, name
    for name in (*ALL.name, *ALL.gss_code):
        assert not not_covered(name), name


def test_codes_since_2025_lead_to_the_same_councils() -> None:
    assert ALL.name[ALL.index_of("E08000038")] == "Barnsley"
    assert ALL.name[ALL.index_of("E08000039")] == "Sheffield"
