import ast
import random
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import sim
from sim.model.draws import MAX_SEED, Purpose, philox, uniforms, unit
from tests.shared.scenarios import STORMY, played, scenario

FULL = 0xFFFFFFFF
# Counter, key and block published with the authors' own code (Random123, file kat_vectors).
KNOWN_ANSWERS = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (FULL, FULL, FULL, FULL),
        (FULL, FULL),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
COUNCILS = np.arange(1, 386)


@pytest.mark.parametrize(("counter", "key", "block"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(
    counter: tuple[int, int, int, int], key: tuple[int, int], block: tuple[int, ...]
) -> None:
    assert philox(*counter, *key) == block


def test_arrays_give_the_same_words_as_python_integers() -> None:
    counters = np.array([counter for counter, _, _ in KNOWN_ANSWERS], dtype=np.uint64)
    keys = np.array([key for _, key, _ in KNOWN_ANSWERS], dtype=np.uint64)
    words = np.array(philox(*counters.T, *keys.T))
    assert words.dtype == np.uint64
    np.testing.assert_array_equal(words.T, np.array([block for _, _, block in KNOWN_ANSWERS]))


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**32 + 1, MAX_SEED])
def test_a_draw_is_the_word_at_its_address(seed: int) -> None:
    """Counter: month, council, item, purpose. Key: the seed's two halves."""
    found = uniforms(seed, Purpose.SPREAD, 24_219, [7, 385, 51_000], [12, 0, 385])
    for index, (council, item) in enumerate([(7, 12), (385, 0), (51_000, 385)]):
        words = philox(24_219, council, item, int(Purpose.SPREAD), seed & FULL, seed >> 32)
        assert [column[index] for column in found] == [(word + 0.5) / 2**32 for word in words]


def test_units_lie_strictly_between_0_and_1() -> None:
    assert unit(0) == 2.0**-33
    assert unit(FULL) == 1.0 - 2.0**-33 < 1.0
    assert unit(2**31) > 0.5 > unit(2**31 - 1)


def test_one_number_never_depends_on_what_else_is_asked() -> None:
    everyone = uniforms(5, Purpose.INCIDENT, 24_219, COUNCILS)
    some = [40, 3, 377]
    few = uniforms(5, Purpose.INCIDENT, 24_219, some)
    for whole, part in zip(everyone, few, strict=True):
        np.testing.assert_array_equal(whole[[index - 1 for index in some]], part)


def test_shapes_follow_councils_and_items() -> None:
    pairs = uniforms(5, Purpose.CONTACT, 0, COUNCILS[:4, None], COUNCILS[None, :6])
    assert {column.shape for column in pairs} == {(4, 6)}
    assert {column.shape for column in uniforms(5, Purpose.SPREAD, 0, [], 3)} == {(0,)}


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 2**64])
def test_seeds_out_of_range_are_errors(seed: int) -> None:
    with pytest.raises(ValueError, match=f"0 to {MAX_SEED}, not {seed}"):
        uniforms(seed, Purpose.TRAITS, 0, 1)


def test_each_part_of_the_address_matters() -> None:
    def numbers(**changes: int) -> tuple[float, ...]:
        address = {"seed": 1, "purpose": 4, "month": 24_219, "council": 9, "item": 2, **changes}
        found = uniforms(
            address["seed"],
            Purpose(address["purpose"]),
            address["month"],
            [address["council"]],
            address["item"],
        )
        return tuple(float(column[0]) for column in found)

    blocks = [
        numbers(),
        numbers(seed=2),
        numbers(seed=2**32 + 1),
        numbers(purpose=5),
        numbers(month=24_220),
        numbers(council=10),
        numbers(item=3),
        # The same figures in other places of the address.
        numbers(council=2, item=9),
        numbers(seed=9, council=1),
    ]
    assert len({number for block in blocks for number in block}) == 4 * len(blocks)


def _sample(purpose: Purpose) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Shape (4 words, 100 months, 385 councils)."""
    months = [uniforms(1, purpose, 24_180 + month, COUNCILS) for month in range(100)]
    return np.stack([np.stack(month) for month in months], axis=1)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_draws_are_uniform(purpose: Purpose) -> None:
    sample = _sample(purpose)
    for word in sample:
        counts = np.histogram(word, bins=50, range=(0.0, 1.0))[0]
        assert stats.chisquare(counts).pvalue > 1e-4
    # Every month, and every council, by itself: as many low p-values as chance allows.
    for axis in (1, 2):
        rows = np.moveaxis(sample, axis, 1).reshape(4 * sample.shape[axis], -1)
        p_values = [stats.kstest(row, "uniform").pvalue for row in rows[:: max(1, len(rows) // 40)]]
        assert min(p_values) > 1e-5


def test_neighbouring_draws_are_independent() -> None:
    sample = _sample(Purpose.MEMBERSHIP)
    other = _sample(Purpose.INCIDENT)
    limit = 5.0 / np.sqrt(sample[0].size)  # five standard errors

    def correlation(a: object, b: object) -> float:
        return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])  # type: ignore[call-overload]

    assert abs(correlation(sample[0][:-1], sample[0][1:])) < limit  # months
    assert abs(correlation(sample[0][:, :-1], sample[0][:, 1:])) < limit  # councils
    for one, two in combinations(range(4), 2):  # words of a block
        assert abs(correlation(sample[one], sample[two])) < limit
    assert abs(correlation(sample[0], other[0])) < limit  # purposes
    seeds = [uniforms(seed, Purpose.TRAITS, 0, COUNCILS)[0] for seed in range(101)]
    assert abs(correlation(seeds[:-1], seeds[1:])) < 5.0 / np.sqrt(38_500)
    pairs = uniforms(1, Purpose.CONTACT, 0, COUNCILS[:, None], COUNCILS[None, :])[0]
    # Whether one council meets another says nothing of the other way round.
    upper = np.triu_indices(385, 1)
    assert abs(correlation(pairs[upper], pairs.T[upper])) < 5.0 / np.sqrt(len(upper[0]))


def test_neighbouring_pairs_fill_the_square_evenly() -> None:
    sample = _sample(Purpose.INCIDENT)[0]
    square = np.histogram2d(
        sample[:-1].ravel(), sample[1:].ravel(), bins=20, range=[[0, 1], [0, 1]]
    )[0]
    assert stats.chisquare(square.ravel()).pvalue > 1e-4


def test_the_numbers_of_purposes_are_fixed() -> None:
    """They are part of every result ever stored."""
    assert {purpose.name: purpose.value for purpose in Purpose} == {
        "TRAITS": 1,
        "PRESSURE": 2,
        "TASTE": 3,
        "INCIDENT": 4,
        "SPREAD": 5,
        "MEMBERSHIP": 6,
        "CONTACT": 7,
        "SAMPLE": 8,
        "OPENING": 9,
    }


# ---------------------------------------------------------------- no other randomness

SEEDED_GENERATORS = {"Generator", "SeedSequence", "BitGenerator", "PCG64", "Philox"}
NETWORKX_GENERATORS = {
    "watts_strogatz_graph",
    "newman_watts_strogatz_graph",
    "connected_watts_strogatz_graph",
    "barabasi_albert_graph",
    "erdos_renyi_graph",
    "gnp_random_graph",
    "fast_gnp_random_graph",
    "gnm_random_graph",
    "random_regular_graph",
    "spring_layout",
}
# Not uuid: names of temporary files may differ.
ENTROPY = {"random", "secrets"}


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def unseeded(source: str) -> Iterator[str]:
    """Find randomness that is not looked up: what it is, and its line."""
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name.split(".")[0] in ENTROPY or name.name == "numpy.random":
                    yield f"import {name.name} (line {line})"
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = {name.name for name in node.names}
            if module.split(".")[0] in ENTROPY or (module == "numpy" and "random" in names):
                yield f"from {module} (line {line})"
            elif module == "numpy.random" and names - SEEDED_GENERATORS - {"default_rng"}:
                yield f"from numpy.random (line {line})"
        elif isinstance(node, ast.Attribute):
            called = _dotted(node)
            if called.startswith(("np.random.", "numpy.random.")):
                last = called.split(".")[2]
                if last not in SEEDED_GENERATORS | {"default_rng"}:
                    yield f"{called} (line {line})"
        elif isinstance(node, ast.Call):
            last = _dotted(node.func).split(".")[-1]
            if last == "default_rng" and not (node.args or node.keywords):
                yield f"default_rng() without a seed (line {line})"
            if last in NETWORKX_GENERATORS and "seed" not in {part.arg for part in node.keywords}:
                yield f"{last} without a seed (line {line})"
            if last in ("shuffle", "shuffle_do", "urandom"):
                yield f"{last} (line {line})"


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import choice",
        "import numpy.random",
        "from numpy import random",
        "from numpy.random import rand",
        "np.random.seed(1)",
        "x = numpy.random.normal",
        "np.random.default_rng()",
        "default_rng()",
        "nx.barabasi_albert_graph(5, 2)",
        "self.agents.shuffle_do('step')",
        "import secrets",
    ],
)
def test_hidden_randomness_would_be_found(source: str) -> None:
    assert list(unseeded(source))


@pytest.mark.parametrize(
    "source",
    [
        "np.random.default_rng(seed)",
        "rng: np.random.Generator",
        "nx.barabasi_albert_graph(5, 2, seed=1)",
        "model.random_thing",
    ],
)
def test_seeded_randomness_is_allowed(source: str) -> None:
    assert not list(unseeded(source))


def test_nothing_in_the_package_draws_unseeded() -> None:
    folder = Path(sim.__file__).parent
    files = sorted(folder.rglob("*.py"))
    assert len(files) > 5
    found = {
        str(path.relative_to(folder)): list(unseeded(path.read_text(encoding="utf-8")))
        for path in files
    }
    assert {name: what for name, what in found.items() if what} == {}


def test_a_run_leaves_the_global_generators_alone() -> None:
    ours = random.getstate()
    theirs = np.random.get_state(legacy=False)  # noqa: NPY002
    played(
        scenario(
            climate=STORMY,
            network={"kind": "watts_strogatz"},
            councils={"nations": ["Scotland"], "draw": 20},
        )
    )
    assert random.getstate() == ours
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    np.testing.assert_equal(after, theirs)
