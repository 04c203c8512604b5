"""Whether the network of every run can be made, for every seed, before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.files.problems import Problem
from sim.files.toml_lines import KeyPath
from sim.files.words import plural
from sim.settings import CouncilChoice, Network
from sim.settings.limits import MOST_FRESH_SEEDS, MOST_TIES

if TYPE_CHECKING:
    from sim.model.councils import Councils

# Kinds in which every council has a tie, whatever the seed, if there are two councils.
_NEVER_ISOLATED = ("complete", "watts_strogatz", "barabasi_albert")
_WITH_DEGREE = ("watts_strogatz", "barabasi_albert")
_SHOWN = 5


@dataclass(frozen=True)
class Fault:
    """Why there is no network: at a path inside the scenario, or in a file of its own.

    Attributes
    ----------
    path
        Which setting is at fault.
    problem, allowed
        As in `sim.files.problems.Problem`.
    elsewhere
        The problem itself, where it is in another file than the experiment.
    """

    path: KeyPath
    problem: str
    allowed: str = ""
    elsewhere: Problem | None = None


def ties_at_most(network: Network, count: int) -> int:
    """How many ties a network of so many councils can have, before it is made."""
    everyone = count * max(count - 1, 0)
    if network.kind == "edge_list":
        return min(everyone, MOST_TIES)  # what is read of a file ends there
    if network.kind == "complete":
        return everyone
    if network.kind == "erdos_renyi" and network.edge_probability is not None:
        return round(everyone * network.edge_probability)
    if network.kind != "layers":
        return min(everyone, count * network.degree)
    layers = network.layers
    each = sum(
        most
        for weight, most in (
            (layers.border, 12),
            (layers.tier, 13),
            (layers.similar, network.similar_contacts),
            (layers.national, network.national_contacts),
            (layers.cross_border, 3 + network.cross_border_contacts),
        )
        if weight > 0
    )
    return min(everyone, count * each)


def pairs_looked_at(network: Network, count: int) -> int:
    """How many pairs of councils are compared to find who listens to whom."""
    layers = network.layers
    compared = (
        (layers.similar, network.similar_contacts),
        (layers.national, network.national_contacts),
        (layers.cross_border, network.cross_border_contacts),
    )
    of_layers = network.kind == "layers"
    return sum(count**2 for weight, most in compared if of_layers and weight > 0 and most)


class Worlds:
    """Looks at the networks of an experiment; those that are the same are looked at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, range], list[Fault]] = {}
        self._ties: dict[tuple[str, str], int] = {}

    @property
    def ties(self) -> int:
        """About how many ties all different networks that can be made have together."""
        return sum(ties for ties in self._ties.values() if ties <= MOST_TIES)

    def faults(
        self, everyone: Councils, choice: CouncilChoice, network: Network, seeds: range
    ) -> list[Fault]:
        """Find why a network cannot be made for some of these seeds.

        Parameters
        ----------
        everyone
            The councils that are chosen, or that are drawn from.
        choice, network
            Settings of the scenario.
        seeds
            Those that are run.
        """
        key = (choice.model_dump_json(), network.model_dump_json(), seeds)
        if key not in self._known:
            count = choice.draw or len(everyone)
            self._ties[key[:2]] = ties_at_most(network, count)
            self._known[key] = list(_faults(everyone, choice.draw, network, seeds))
        return self._known[key]


def _faults(
    everyone: Councils, draw: int | None, network: Network, seeds: range
) -> Iterator[Fault]:
    count = len(everyone) if draw is None else draw
    most = ties_at_most(network, count)
    if most > MOST_TIES:
        yield Fault(
            ("network", "kind"),
            f"this network of {count:,} councils has about {most:,} ties, too many for memory",
            f"at most {MOST_TIES:,} ties: fewer councils, or fewer ties for each",
        )
        return
    if network.kind in _WITH_DEGREE and network.degree >= count:
        yield Fault(
            ("network", "degree"),
            f"{plural(count, 'council')} cannot have {network.degree} ties each",
            f"2 to {count - 1}" if count > 2 else "another kind of network, for so few councils",
        )
        return
    if network.kind == "edge_list":
        from sim.model.edge_list import FaultyEdgeList, read_edge_list

        assert network.edge_list is not None
        try:
            read_edge_list(everyone, Path(network.edge_list))
        except FaultyEdgeList as error:
            for problem in error.problems:
                yield Fault(("network", "edge_list"), problem.problem, elsewhere=problem)
            return
    if not network.isolation_allowed:
        yield from _isolated(everyone, draw, network, seeds)


def _isolated(
    everyone: Councils, draw: int | None, network: Network, seeds: range
) -> Iterator[Fault]:
    """Look for councils that listen to nobody, seed by seed where councils or ties are drawn."""
    count = len(everyone) if draw is None else draw
    if count > 1 and network.kind in _NEVER_ISOLATED:
        return
    drawn_ties = network.kind == "erdos_renyi" and network.fresh_for_each_seed
    # A random graph knows places, not councils: it is the same whoever is drawn.
    drawn_councils = draw is not None and network.kind != "erdos_renyi"
    if not (drawn_ties or drawn_councils):
        names = _alone(everyone, draw, network, seeds[0])
        if names:
            at: KeyPath = ("network", "edge_list") if network.edge_list else ("network",)
            yield Fault(
                ("councils",) if count == 1 else at,
                f"{_few(names)} {'listens' if len(names) == 1 else 'listen'} to nobody",
                "more councils, or network.isolation_allowed = true"
                if count == 1
                else "ties for each, other councils, or network.isolation_allowed = true",
            )
        return
    if drawn_councils and _surely_heard(everyone, network, least=draw or 0):
        return
    what = "councils.draw" if drawn_councils else "network.fresh_for_each_seed"
    at = ("councils", "draw") if drawn_councils else ("network", "fresh_for_each_seed")
    if len(seeds) > MOST_FRESH_SEEDS:
        yield Fault(
            at,
            f"with {what} some seed may leave a council without ties, and {len(seeds):,} seeds are "
            "too many to look at beforehand",
            f"at most {MOST_FRESH_SEEDS:,} seeds, or network.isolation_allowed = true",
        )
        return
    found = {seed: names for seed in seeds if (names := _alone(everyone, draw, network, seed))}
    if found:
        seed, names = next(iter(found.items()))
        yield Fault(
            at,
            f"what is drawn leaves councils that listen to nobody in {len(found):,} of "
            f"{plural(len(seeds), 'seed')}: in seed {seed} it is {_few(names)}",
            "network.isolation_allowed = true, "
            + (
                "or a draw in which all find others of their nation"
                if drawn_councils
                else "or more ties for each council"
            ),
        )


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _surely_heard(everyone: Councils, network: Network, *, least: int = 0) -> bool:
    """Does every council find somebody of its nation or like itself, without looking at ties?

    Of a draw this can be said where all are of one nation and at least two are drawn.
    """
    layers = network.layers
    groups: list[Sequence[object]] = []
    if layers.national > 0 and network.national_contacts > 0:
        groups.append(everyone.nation)
    if layers.similar > 0 and network.similar_contacts > 0:
        groups.append(list(zip(everyone.nation, everyone.council_type, strict=True)))
    if network.kind != "layers":
        return False
    if least:
        return least > 1 and any(len(set(group)) == 1 for group in groups)
    return any(min(Counter(group).values()) > 1 for group in groups)


def _alone(everyone: Councils, draw: int | None, network: Network, seed: int) -> list[str]:
    """Councils that listen to nobody in one seed."""
    from sim.model.councils import fresh_draw
    from sim.model.world import listening_to_nobody

    councils = everyone if draw is None else fresh_draw(everyone, draw, seed)
    if _surely_heard(councils, network):
        return []
    return listening_to_nobody(network, councils, seed)
