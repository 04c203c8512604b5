"""The councils of April 2018 as one typed table, and traits that follow from public data.

353 English and 32 Scottish councils, in the order of ``data/councils.csv``; a council's place
there is its fixed number, which its luck hangs on. Sources of every column: ``data/PROVENANCE.md``.

Odd and missing values, each settled on purpose:

* **Copeland** did not report its spending for 2017-18: its IT spend is the floor.
* **Spelthorne** (income from commercial property) and **Forest Heath** (as reported) have
  negative service expenditure: their IT spend is the floor.
* **Isles of Scilly** (2,242 people) spends £8m in all, so that the floor holds there too.
  It is kept as a council; its spending power rose in cash, so that only prices press on it.
* **City of London** has no published change in spending power: it gets the mean change of the
  32 London boroughs. Its expenditure (£178m for 8,702 residents) is kept as reported.
* **Scotland** has no spending by council: national totals are shared out by funding.
* **Counties and their districts** count the same people: add up `lower_tier_population`.
* **Glasgow City and North Lanarkshire** changed code in 2019: both codes find them.
* **Deprivation** is ranked within each nation; the two scales cannot be compared.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.areas import area_told, areas
from sim.model.council_names import alike, look_up, merger_told, not_covered
from sim.model.draws import Purpose, uniforms

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

COUNCIL_TYPES = ("county", "district", "unitary", "metropolitan", "london", "scottish_unitary")
TIERS = ("county", "district", "single tier")
SIZE_BANDS = ("under 100,000", "100,000-250,000", "250,000-500,000", "500,000 and over")
SIZE_BAND_STARTS = (100_000, 250_000, 500_000)

CODES_FROM_2019 = {"S12000049": "S12000046", "S12000050": "S12000044"}

SYNTHETIC_NATION = "Synthetic"
FIRST_SYNTHETIC_NUMBER = 1001
# Neighbours on the triangular grid stand this far apart: 500 km² a council, about what
# England and Scotland have. Each has up to six, where real councils border on 5.2.
SYNTHETIC_SPACING_M = 24_000.0


class UnknownCouncil(KeyError):  # noqa: N818
    """No council has this code or name.

    Attributes
    ----------
    suggestions
        Names that come close.
    why
        Why there can be none, such as that it is in Wales, or "".
    """

    def __init__(self, wanted: str, suggestions: Sequence[str], why: str = "") -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.suggestions = list(suggestions)
        self.why = why

    def __str__(self) -> str:
        why = f": {self.why}" if self.why else ""
        return f"no council is called '{self.wanted}'{why}{_did_you_mean(self.suggestions)}"


@dataclass(frozen=True, eq=False)
class Councils:
    """A table of councils: aligned columns, one entry a council, read-only.

    Attributes
    ----------
    number
        Fixed number: 1 to 385, synthetic councils from 1001. Unique.
    gss_code, name, nation, region, council_type, county
        `council_type` is one of `COUNCIL_TYPES`; `county` is the GSS code of a district's
        county and "" for all others.
    population
        People, mid-2018.
    deprivation_percentile
        0 least to 1 most deprived, within the nation.
    service_expenditure_2017_18_gbp_m, spending_power_change_2010_18_pct
        England only, the second in cash terms; NaN where blank.
    scot_gov_revenue_funding_2017_18_gbp_m, scot_gov_revenue_funding_change_2015_18_pct
        Scotland only, the second in cash terms; NaN for all others.
    easting, northing
        Centre on the British National Grid, metres.
    """

    number: IntArray
    gss_code: tuple[str, ...]
    name: tuple[str, ...]
    nation: tuple[str, ...]
    region: tuple[str, ...]
    council_type: tuple[str, ...]
    county: tuple[str, ...]
    population: FloatArray
    deprivation_percentile: FloatArray
    service_expenditure_2017_18_gbp_m: FloatArray
    spending_power_change_2010_18_pct: FloatArray
    scot_gov_revenue_funding_2017_18_gbp_m: FloatArray
    scot_gov_revenue_funding_change_2015_18_pct: FloatArray
    easting: FloatArray
    northing: FloatArray

    def __post_init__(self) -> None:
        for field in fields(self):
            column = getattr(self, field.name)
            if len(column) != len(self.number):
                raise ValueError(f"column {field.name} is not as long as the others")
            if isinstance(column, np.ndarray):
                column.setflags(write=False)
        if len(np.unique(self.number)) != len(self.number):
            raise ValueError("a council may stand in a table only once")

    def __len__(self) -> int:
        return len(self.number)

    @cached_property
    def tier(self) -> tuple[str, ...]:
        """One of `TIERS` a council."""
        return tuple(
            kind if kind in ("county", "district") else "single tier" for kind in self.council_type
        )

    @cached_property
    def size_band(self) -> tuple[str, ...]:
        """One of `SIZE_BANDS` a council, by population."""
        bands = np.searchsorted(SIZE_BAND_STARTS, self.population, side="right")
        return tuple(SIZE_BANDS[band] for band in bands.tolist())

    @cached_property
    def lower_tier_population(self) -> FloatArray:
        """Population, but 0 for counties, whose people their districts already count."""
        people = np.where(np.array(self.tier) == "county", 0.0, self.population)
        people.setflags(write=False)
        return people

    @cached_property
    def _position(self) -> dict[str, int]:
        position = {name.casefold(): index for index, name in enumerate(self.name)}
        position.update((code.casefold(), index) for index, code in enumerate(self.gss_code))
        for later, code in CODES_FROM_2019.items():
            if code.casefold() in position:
                position[later.casefold()] = position[code.casefold()]
        return position

    def take(self, indices: npt.ArrayLike) -> "Councils":
        """Return the councils at these positions, in this order, each with its own number."""
        rows = np.asarray(indices, dtype=np.int64)
        columns: dict[str, Any] = {}
        for field in fields(self):
            column = getattr(self, field.name)
            if isinstance(column, np.ndarray):
                columns[field.name] = column[rows]
            else:
                columns[field.name] = tuple(column[row] for row in rows.tolist())
        return Councils(**columns)

    def within(self, regions: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Which councils are in any of these regions or areas; shape (councils,)."""
        wanted, known = set(regions), areas()
        codes = {code for area in wanted & known.keys() for code in known[area]}
        return np.array(
            [
                region in wanted or code in codes
                for region, code in zip(self.region, self.gss_code, strict=True)
            ],
            dtype=np.bool_,
        )

    def index_of(self, code_or_name: str) -> int:
        """Position of the council with this GSS code or name, as it is written in many ways.

        Official names and former codes do as well; a council that was merged from several is
        told with their names.

        Raises
        ------
        UnknownCouncil
            A `KeyError` with names that come close in `suggestions`.
        """
        wanted = code_or_name.strip()
        position = self._position.get(wanted.casefold())
        if position is not None:
            return position
        found = look_up(wanted)
        if found is not None and len(found.codes) == 1:
            position = self._position.get(found.codes[0].casefold())
            if position is not None:
                return position
        elif found is not None:
            raise UnknownCouncil(wanted, [merger_told(found)])
        if why := not_covered(wanted) or area_told(wanted):
            raise UnknownCouncil(wanted, [], why)
        raise UnknownCouncil(wanted, alike(wanted, self.name))


def _did_you_mean(suggestions: Sequence[str]) -> str:
    return f" (did you mean {' or '.join(suggestions)}?)" if suggestions else ""


@cache
def load_councils() -> Councils:
    """Return the 385 real councils, numbered 1 to 385 in the order of ``data/councils.csv``."""
    text = (files("sim") / "data" / "councils.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    columns: dict[str, Any] = {}
    for field in fields(Councils):
        if field.name == "number":
            columns["number"] = np.arange(1, len(rows) + 1, dtype=np.int64)
        elif field.type is FloatArray:
            columns[field.name] = np.array([float(row[field.name] or "nan") for row in rows])
        else:
            columns[field.name] = tuple(row[field.name] for row in rows)
    return Councils(**columns)


def select(
    councils: Councils,
    *,
    nations: Iterable[str] | None = None,
    regions: Iterable[str] | None = None,
    types: Iterable[str] | None = None,
    codes: Iterable[str] | None = None,
) -> Councils:
    """Return the councils that meet every restriction given, ordered by number.

    Parameters
    ----------
    councils
        Where to choose from.
    nations, regions, types
        Names as in the table; None restricts nothing.
    codes
        GSS codes or names of single councils; None restricts nothing.

    Raises
    ------
    ValueError
        For a name that the table does not have, with suggestions, and for an empty choice.
    """
    keep = np.ones(len(councils), dtype=bool)
    for what, wanted, column in (
        ("nation", nations, councils.nation),
        ("region", regions, councils.region),
        ("council type", types, councils.council_type),
    ):
        if wanted is not None:
            names = {wanted} if isinstance(wanted, str) else set(wanted)
            known = {*column, *areas()} if column is councils.region else set(column)
            for unknown in sorted(names - known):
                hint = _did_you_mean(alike(unknown, dict.fromkeys(column)))
                raise ValueError(f"no {what} is called '{unknown}'{hint}")
            if column is councils.region:
                keep &= councils.within(names)
            else:
                keep &= np.array([entry in names for entry in column], dtype=bool)
    if codes is not None:
        named = np.zeros(len(councils), dtype=bool)
        unknown_codes = []
        for code in [codes] if isinstance(codes, str) else codes:
            try:
                named[councils.index_of(code)] = True
            except UnknownCouncil as error:
                unknown_codes.append(str(error))
        if unknown_codes:
            raise ValueError("; ".join(unknown_codes))
        keep &= named
    chosen = np.flatnonzero(keep)
    if not len(chosen):
        raise ValueError("no council meets all the restrictions at once")
    return councils.take(chosen[np.argsort(councils.number[chosen])])


def fresh_draw(councils: Councils, count: int, seed: int) -> Councils:
    """Return `count` councils drawn for this seed, ordered by number.

    The lowest draws win (ties by number), so that a larger draw for the same seed contains
    every smaller one.
    """
    if not 1 <= count <= len(councils):
        raise ValueError(f"cannot draw {count} of {len(councils)} councils")
    draw = uniforms(seed, Purpose.SAMPLE, 0, councils.number)[0]
    drawn = np.lexsort((councils.number, draw))[:count]
    return councils.take(drawn[np.argsort(councils.number[drawn])])


def synthetic_councils(count: int) -> Councils:
    """Return `count` made-up single-tier councils, numbered from 1001.

    Each is a real single-tier council of England or Scotland of at least 20,000 people, drawn
    with equal chance, under another name and moved a little: its population and money within
    10 % by one factor, its deprivation within 0.025, so that no two are the same. It follows
    the formula of the nation it was taken from for IT spend and budget pressure. All are of
    type "unitary" and of one nation. They stand row by row on a triangular grid in a square.
    The same number has the same traits whatever the count; only its place depends on it.
    """
    if count < 1:
        raise ValueError(f"cannot make {count} councils")
    real = load_councils()
    donors = np.flatnonzero((np.array(real.tier) == "single tier") & (real.population >= 20_000))
    number = np.arange(FIRST_SYNTHETIC_NUMBER, FIRST_SYNTHETIC_NUMBER + count, dtype=np.int64)
    # Item 0 of this purpose belongs to `fresh_draw`.
    which, size, need, _ = uniforms(0, Purpose.SAMPLE, 0, number, 1)
    donor = donors[(which * len(donors)).astype(np.int64)]
    factor = np.exp(np.log(1.1) * (2.0 * size - 1.0))
    # Rows of a triangular grid lie closer together than its columns.
    row_height = np.sqrt(0.75)
    columns = max(1, round(np.sqrt(count * row_height)))
    row, column = np.divmod(np.arange(count), columns)
    return Councils(
        number=number,
        gss_code=tuple(f"SYN{n:06d}" for n in number.tolist()),
        name=tuple(f"Synthetic {n}" for n in range(1, count + 1)),
        nation=(SYNTHETIC_NATION,) * count,
        region=(SYNTHETIC_NATION,) * count,
        council_type=("unitary",) * count,
        county=("",) * count,
        population=real.population[donor] * factor,
        deprivation_percentile=np.clip(
            real.deprivation_percentile[donor] + 0.05 * (need - 0.5), 0.0, 1.0
        ),
        service_expenditure_2017_18_gbp_m=real.service_expenditure_2017_18_gbp_m[donor] * factor,
        spending_power_change_2010_18_pct=real.spending_power_change_2010_18_pct[donor],
        scot_gov_revenue_funding_2017_18_gbp_m=real.scot_gov_revenue_funding_2017_18_gbp_m[donor]
        * factor,
        scot_gov_revenue_funding_change_2015_18_pct=(
            real.scot_gov_revenue_funding_change_2015_18_pct[donor]
        ),
        easting=(column + 0.5 * (row % 2)) * SYNTHETIC_SPACING_M,
        northing=row * row_height * SYNTHETIC_SPACING_M,
    )


def it_spend_gbp_m(
    councils: Councils,
    *,
    england_share: float = 0.024,
    floor_gbp_m: float = 0.4,
    scotland_share: float = 0.03,
    scotland_budget_gbp_m: float = 12008.0,
) -> FloatArray:
    """Estimate IT spend, £m a year at 2017-18 prices, which no council publishes.

    Parameters
    ----------
    councils
        Any of them; a council's spend does not depend on which others are there.
    england_share
        Share of service expenditure (Socitm 2016: 2.4 % of what authorities spend).
    floor_gbp_m
        English councils spend at least this much; also where expenditure is unknown.
    scotland_share
        Share of the budget (McClelland review: £525m in 2008-09).
    scotland_budget_gbp_m
        Spending of the 32 together, 2017-18 (Scottish Government, POBE 2018), split between
        them in proportion to government funding.

    Returns
    -------
    array of shape (councils,)
    """
    funding = councils.scot_gov_revenue_funding_2017_18_gbp_m
    national_funding = np.nansum(load_councils().scot_gov_revenue_funding_2017_18_gbp_m)
    scottish = scotland_share * scotland_budget_gbp_m * funding / national_funding
    # fmax keeps the floor where expenditure is not known.
    english = np.fmax(england_share * councils.service_expenditure_2017_18_gbp_m, floor_gbp_m)
    return np.where(np.isnan(funding), english, scottish)


def budget_pressure(
    councils: Councils,
    *,
    cut_weight: float = 0.75,
    full_cut: float = 0.45,
    deprivation_weight: float = 0.25,
    england_deflator: float = 1.12,
    scotland_cut: float = 0.11,
) -> FloatArray:
    """Budget pressure, 0-1: real cut since 2010 and deprivation, on one scale for both nations.

    ``cut_weight * clip(-real / full_cut, 0, 1) + deprivation_weight * deprivation_percentile``

    Parameters
    ----------
    councils
        Any of them; a council's pressure does not depend on which others are there.
    cut_weight, deprivation_weight
        Weights of the two parts (assumptions).
    full_cut
        A real cut of this share counts as 1 (assumption; the largest are a little above it).
    england_deflator
        Prices 2017-18 over 2010-11, to turn the published cash change (MHCLG) into real terms.
    scotland_cut
        Real cut of the 32 together (Accounts Commission; disputed). A council's own differs from
        it as far as its funding of 2015-18 moved differently from that of all 32 together, that
        is from the mean weighted by funding, since 11 % is a cut of a national total too.

    Returns
    -------
    array of shape (councils,)
    """
    real = load_councils()
    boroughs = np.array(real.council_type) == "london"
    borough_change = np.nanmean(real.spending_power_change_2010_18_pct[boroughs])
    english_change = councils.spending_power_change_2010_18_pct
    english_change = np.where(np.isnan(english_change), borough_change, english_change)
    english = (1.0 + english_change / 100.0) / england_deflator - 1.0

    in_scotland = ~np.isnan(real.scot_gov_revenue_funding_2017_18_gbp_m)
    scottish_mean = np.average(
        real.scot_gov_revenue_funding_change_2015_18_pct[in_scotland],
        weights=real.scot_gov_revenue_funding_2017_18_gbp_m[in_scotland],
    )
    own_change = councils.scot_gov_revenue_funding_change_2015_18_pct
    scottish = -scotland_cut + (own_change - scottish_mean) / 100.0

    real_change = np.where(np.isnan(own_change), english, scottish)
    cut = np.clip(-real_change / full_cut, 0.0, 1.0)
    pressure: FloatArray = cut_weight * cut + deprivation_weight * councils.deprivation_percentile
    return pressure
