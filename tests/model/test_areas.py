"""Areas that people name: their councils, in choices and in scopes."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from sim.model.areas import area_called, areas
from sim.model.councils import UnknownCouncil, load_councils, select, synthetic_councils
from sim.model.world import scope_mask
from sim.settings import Region, Scope

ALL = load_councils()
COUNTS = {"Glasgow City Region": 8, "Island councils": 3, "Councils with inhabited islands": 6}


def test_areas_have_councils_that_exist_and_are_regions_of_settings() -> None:
    assert {area: len(codes) for area, codes in areas().items()} == COUNTS
    for codes in areas().values():
        assert set(codes) <= set(ALL.gss_code)
        assert len(set(codes)) == len(codes)
    assert set(get_args(Region)) == set(ALL.region) | areas().keys()


def test_an_area_chooses_its_councils_alone_and_with_regions() -> None:
    chosen = select(ALL, regions=["Island councils"])
    assert chosen.name == ("Na h-Eileanan Siar", "Orkney Islands", "Shetland Islands")
    assert len(select(ALL, regions=["Island councils", "North East"])) == 3 + 12
    assert len(select(ALL, regions=["Scotland", "Glasgow City Region"])) == 32
    islands = set(areas()["Councils with inhabited islands"])
    assert islands > set(areas()["Island councils"])


def test_a_scope_may_name_an_area() -> None:
    mask = scope_mask(Scope(regions=["Glasgow City Region"]), ALL)
    assert sorted(np.array(ALL.name)[mask].tolist()) == [
        "East Dunbartonshire",
        "East Renfrewshire",
        "Glasgow City",
        "Inverclyde",
        "North Lanarkshire",
        "Renfrewshire",
        "South Lanarkshire",
        "West Dunbartonshire",
    ]
    assert scope_mask(Scope(regions=["North West"]), ALL).sum() == 41
    assert not scope_mask(Scope(regions=["Island councils"]), synthetic_councils(5)).any()


def test_an_area_is_no_council() -> None:
    assert area_called("the Glasgow  city region") == "Glasgow City Region"
    with pytest.raises(UnknownCouncil, match="an area of 8 councils, which are named together by"):
        ALL.index_of("Glasgow City Region")
