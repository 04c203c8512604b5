"""Random experiment files go through, or are refused; `python -m tests.fuzz` tries many more."""

from __future__ import annotations

import pytest

from tests.fuzz import campaign, case


@pytest.mark.slow
def test_what_is_not_refused_goes_through_in_both_engines() -> None:
    kinds, faults = campaign(150, seed=7)
    assert not faults, "\n".join(f"case {number}: {told}" for number, told in faults.items())
    # A campaign that is refused as a whole, or never, tries nothing.
    assert kinds["valid"] > 30
    assert kinds["refused"] > 30


def test_a_case_follows_from_its_number() -> None:
    assert case(7, 5) == case(7, 5)
    assert case(7, 5) != case(7, 6)
