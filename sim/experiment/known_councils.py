"""Which councils there are for the choices and scopes of an experiment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sim.experiment.worlds import Worlds
from sim.files.layers import Origins
from sim.files.problems import Problem, quoted
from sim.files.toml_lines import KeyPath
from sim.settings import CouncilChoice, Scenario, Scope
from sim.settings.events import regimes

if TYPE_CHECKING:
    from sim.model.councils import Councils


class KnownCouncils:
    """The councils that a choice allows, made once for all scenarios that are looked at."""

    def __init__(self) -> None:
        self.worlds = Worlds()
        self._synthetic: dict[int, Councils] = {}
        self._taking_part: dict[str, Councils] = {}
        self._in_scope: dict[tuple[str, str], list[int]] = {}

    def all(self, choice: CouncilChoice) -> Councils:
        """Return real councils, or as many made-up ones as the choice asks for."""
        from sim.model.councils import load_councils, synthetic_councils

        if not choice.synthetic:
            return load_councils()
        if choice.synthetic not in self._synthetic:
            self._synthetic[choice.synthetic] = synthetic_councils(choice.synthetic)
        return self._synthetic[choice.synthetic]

    def unknown(
        self, choice: CouncilChoice, names: Iterable[str], origins: Origins, path: KeyPath
    ) -> Iterator[Problem]:
        """Report the names that no council has."""
        from sim.model.areas import area_called
        from sim.model.councils import UnknownCouncil

        for index, name in enumerate(names):
            try:
                self.all(choice).index_of(name)
            except UnknownCouncil as error:
                yield origins.find((*path, index)).problem(
                    f"no council has this code or name{error.why and ': '}{error.why}",
                    meant=f"regions = [{quoted(area)}]"
                    if (area := area_called(name))
                    else " or ".join(error.suggestions),
                )

    def chosen(self, choice: CouncilChoice) -> list[int]:
        """Return the positions of the councils that take part, or that are drawn from."""
        everyone = self.all(choice)
        return self._within(everyone, range(len(everyone)), choice)

    def taking_part(self, choice: CouncilChoice) -> Councils:
        """Return the councils that take part, or that are drawn from."""
        key = choice.model_dump_json(exclude={"draw"})
        if key not in self._taking_part:
            self._taking_part[key] = self.all(choice).take(self.chosen(choice))
        return self._taking_part[key]

    def in_scope(self, choice: CouncilChoice, scope: Scope) -> int:
        """Count the councils that take part and are in a scope."""
        return len(self._positions_in_scope(choice, scope))

    def _positions_in_scope(self, choice: CouncilChoice, scope: Scope) -> list[int]:
        key = choice.model_dump_json(exclude={"draw"}), scope.model_dump_json()
        if key not in self._in_scope:
            everyone, chosen = self.all(choice), self.chosen(choice)
            self._in_scope[key] = self._within(everyone, chosen, scope)
        return self._in_scope[key]

    def groups(self, scenario: Scenario) -> list[str]:
        """Groups of those who may ever join, and offers where there are several."""
        everyone = self.all(scenario.councils)
        scopes = [
            offer.scope for _, settings in regimes(scenario) for offer in settings.offers.values()
        ]
        found = {
            at
            for scope in scopes or [Scope()]
            for at in self._positions_in_scope(scenario.councils, scope)
        }
        columns = (everyone.nation, everyone.council_type, everyone.size_band)
        names = [column[at] for column in columns for at in sorted(found)]
        offers = list(scenario.offers) if len(scenario.offers) > 1 else []
        return list(dict.fromkeys([*names, *offers]))

    @staticmethod
    def _within(
        everyone: Councils,
        positions: Iterable[int],
        choice: CouncilChoice | Scope,
    ) -> list[int]:
        found = list(positions)
        if choice.nations is not None:
            found = [at for at in found if everyone.nation[at] in choice.nations]
        if choice.regions is not None:
            inside = everyone.within(choice.regions)
            found = [at for at in found if inside[at]]
        if choice.types is not None:
            found = [at for at in found if everyone.council_type[at] in choice.types]
        if choice.codes is not None:
            # Unknown ones are reported elsewhere.
            named = {code for code in choice.codes if _exists(everyone, code)}
            wanted = {everyone.index_of(code) for code in named}
            found = [at for at in found if at in wanted]
        return found


def _exists(everyone: Councils, code: str) -> bool:
    try:
        everyone.index_of(code)
    except KeyError:
        return False
    return True
