"""The files of versions say of the same packages what pyproject.toml says."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.shared.folders import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
Version = tuple[int, ...]


def plain(name: str) -> str:
    """Name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def numbers(version: str) -> Version:
    """Version as numbers, without zeros at its end, so that 15 and 15.0.0 are the same."""
    return tuple(int(part) for part in re.sub(r"(\.0)+$", "", version).split("."))


def pinned(name: str) -> dict[str, str]:
    """Versions by package in a file of versions, in which nothing else may stand."""
    found: dict[str, str] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9a-z.]+)", line)
            assert match, f"{name}: {line}"
            assert plain(match[1]) not in found, f"{name}: {match[1]} stands twice"
            found[plain(match[1])] = match[2]
    return found


def lowest(requirements: list[str]) -> dict[str, str | None]:
    """Lower bounds by package."""
    bounds: dict[str, str | None] = {}
    for requirement in requirements:
        match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:>=([0-9.]+))?(?:,<[0-9.]+)?", requirement)
        assert match, requirement
        bounds[plain(match[1])] = match[2]
    return bounds


@pytest.mark.parametrize("extra", ["dev", "bench"])
def test_all_that_developers_install_is_pinned_within_its_bounds(extra: str) -> None:
    versions = pinned("constraints.txt")
    for name, bound in lowest([*PROJECT["dependencies"], *EXTRAS[extra]]).items():
        assert name in versions, f"{name} is not in constraints.txt: bash .ci/lock"
        assert bound is None or numbers(versions[name]) >= numbers(bound), name


def test_the_oldest_versions_are_the_lower_bounds() -> None:
    """All that runs has one; of what develops, what the quick tests import."""
    versions = pinned("constraints-oldest.txt")
    to_run, to_develop = lowest(PROJECT["dependencies"]), lowest(EXTRAS["dev"])
    assert set(to_run) <= set(versions)
    quick = {"pytest", "pytest-xdist", "jsonschema", "hypothesis", "openpyxl"}
    assert set(versions) - set(to_run) == quick
    for name, version in versions.items():
        bound = (to_run | to_develop)[name]
        assert bound is not None, f"{name} has no lower bound"
        assert numbers(version) == numbers(bound), name
