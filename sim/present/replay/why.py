"""Why councils decided as they did: what put the question, and what was weighed.

The readable model is run once more for that, month by month, on all cores. What it finds is kept
beside the results, since it takes a while; a file that is damaged, or of another model, is made
anew. Its states must be those that the compiled engine gave in every month.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sim.files.problems import BadInput
from sim.files.writing import make_folder, write_text
from sim.model.mesa_model import PlatformModel
from sim.model.record import Record
from sim.runs.again import states_digest, world_of
from sim.runs.executors import Here, Processes, run_each
from sim.runs.fingerprint import model_hash
from sim.runs.progress import Progress, told
from sim.settings import Experiment

FOLDER = "replay"
FORMAT = 2  # of the files kept


@dataclass(frozen=True)
class Answer:
    """A council's answer in a month, and why.

    Attributes
    ----------
    council
        Position in the world's councils.
    month
        From 0.
    agreed, chance
        The answer, and how likely a yes was.
    agenda
        Shares of what put the question, in the order of `sim.model.rules.ORIGINS`.
    terms
        Log-odds: where councils begin, then money, company, trust, autonomy, coordination and
        local reasons; divided by the temperature of behaviour they add up to those of the chance.
    """

    council: int
    month: int
    agreed: bool
    chance: float
    agenda: tuple[float, ...]
    terms: tuple[float, ...]


Future = tuple[str, int]  # scenario and seed
Found = tuple[str, list[Any]]  # digest of the states, and answers as plain lists


def explain(
    experiment: Experiment,
    expected: Mapping[Future, str],
    folder: Path | None,
    workers: int,
    progress: Progress,
) -> dict[Future, list[Answer]]:
    """Find why councils decided as they did in some futures.

    Parameters
    ----------
    experiment
        The settings.
    expected
        Which futures, and the digest of their states as the compiled engine gave them.
    folder
        Results, beside which what is found is kept; None to keep nothing.
    workers
        Futures run at a time.
    progress
        Is told of every future that is finished.

    Raises
    ------
    RuntimeError
        If the two engines differ.
    """
    found: dict[Future, Found] = {}
    for future, digest in expected.items():
        kept = _read(_path(folder, future))
        if kept is not None and kept[0] == digest:
            found[future] = kept
    missing = [future for future in expected if future not in found]

    def keep(future: Future, result: Found) -> None:
        found[future] = result
        if folder is not None:
            _write(_path(folder, future), result)
        progress.advance()

    if missing:
        executor = Here() if min(workers, len(missing)) == 1 else Processes(workers)
        # Those that take longest first, so that no core waits for the last.
        missing.sort(key=lambda future: -_size(experiment, future[0]))
        with told(progress, len(missing), "future"):
            run_each(executor, partial(make_witness, experiment), missing, keep, at_once=True)
    for future, (digest, _) in found.items():
        if digest != expected[future]:
            raise RuntimeError(f"the two engines differ in scenario and seed {future}")
    return {future: [_answer(row) for row in rows] for future, (_, rows) in found.items()}


def not_kept(futures: Iterable[Future], folder: Path | None) -> list[Future]:
    """Which of these futures have not been looked into before."""
    return [future for future in futures if _read(_path(folder, future)) is None]


def make_witness(experiment: Experiment) -> Callable[[Future], Found]:
    """Make what runs one future in the readable model, wherever an executor puts it to work."""

    def witness(future: Future) -> Found:
        scenario, seed = future
        world = world_of(experiment, scenario, seed, None)
        record = Record(world, [seed], with_states=True)
        model = PlatformModel(
            world.scenario, experiment.horizon, seed, world, record, with_decisions=True
        )
        model.run_model()
        assert model.decisions is not None
        lean = world.scenario.behaviour.intercept
        rows = [
            [
                decision.council,
                decision.step,
                int(decision.agreed),
                round(decision.chance, 3),
                [_short(share) for share in decision.origin],
                [_short(term) for term in (lean, *decision.terms)],
            ]
            for decision in model.decisions
        ]
        return states_digest(record), rows

    return witness


def _short(value: float) -> float:
    return round(value, 2) + 0.0


def _size(experiment: Experiment, scenario: str) -> int:
    # All of England takes as much longer than Scotland as it has more councils.
    choice = experiment.scenarios[scenario].councils
    return choice.synthetic or choice.draw or (32 if choice.nations == ["Scotland"] else 353)


# ---------------------------------------------------------------- kept beside the results


def _path(folder: Path | None, future: Future) -> Path | None:
    if folder is None:
        return None
    scenario, seed = future
    key = json.dumps([FORMAT, scenario, seed, model_hash()])
    return folder / FOLDER / f"why_{hashlib.sha256(key.encode()).hexdigest()[:20]}.json"


def _read(path: Path | None) -> Found | None:
    """Read what was found before; None where nothing whole is there."""
    if path is None:
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digest, rows = content["states"], content["decisions"]
        if content["check"] != _checksum(digest, rows):
            return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return digest, rows


def _write(path: Path | None, found: Found) -> None:
    """Keep what was found; where nothing can be written it is found again another time."""
    if path is None:
        return
    digest, rows = found
    content = {"check": _checksum(digest, rows), "states": digest, "decisions": rows}
    try:
        make_folder(path.parent)
        write_text(path, json.dumps(content, separators=(",", ":")))
    except BadInput:
        return


def _checksum(digest: str, rows: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps([digest, rows]).encode()).hexdigest()


def _answer(row: Sequence[Any]) -> Answer:
    council, month, agreed, chance, agenda, terms = row
    return Answer(council, month, bool(agreed), chance, tuple(agenda), tuple(terms))


def seconds_needed(
    experiment: Experiment, futures: Iterable[Future], played: Iterable[Future], workers: int
) -> int:
    """About how long it takes, in whole seconds, to look into futures and to play others again."""
    months = experiment.horizon.months
    # A council and month take some 20 microseconds in the readable model, and next to nothing in
    # the compiled one, where a future has a thousandth of a second besides.
    readable = sum(_size(experiment, scenario) for scenario, _ in futures) * months * 20e-6
    compiled = sum(1e-3 + _size(experiment, name) * months * 3e-8 for name, _ in played)
    return math.ceil(4.0 + (readable + compiled) / max(workers, 1))
