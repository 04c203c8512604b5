"""What takes computing and is kept in the project: what it rests on, and how it is made anew.

    python -m tests.generated                 # which pieces are behind the model
    python -m tests.generated --make          # those made anew, the quick pages as well
    python -m tests.generated --make levers   # some of them, behind or not

A piece rests on what the model does, as the frozen outputs in `tests/` say it, and on the files it
was asked by. Their fingerprint of the time when the piece was made stands in tests/generated.json;
where it is another today, the piece is behind. Code that only moves leaves it as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.calibration.calibrate import METHOD
from sim.calibration.load import load_calibration
from sim.experiment.load import load_experiment
from sim.experiment.parameters import ABOUT
from sim.files.shipped import PACKAGE
from sim.runs.fingerprint import settings_of
from tests.shared.folders import ROOT

STAMPS = ROOT / "tests" / "generated.json"
FROZEN = (ROOT / "tests" / "baseline.json", ROOT / "tests" / "main_experiment.json")
MAIN = "experiments/gaap_vs_scotland.toml"
FILM = "docs/images/replay.gif"
CALIBRATION = "experiments/calibration.toml"
STUDIES = tuple(
    f"experiments/sweeps/{name}.toml"
    for name in ("visits_by_size", "saving_gaap", "three_quarters")
)
NOTEBOOKS = tuple(
    sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/notebooks/*.ipynb"))
)
RUN = (sys.executable, "run.py")
STRUCTURE = ("--structure", "rules")
REFIT = ("--refit", "300")
PUBLISH = ("--publish", "sim/data/structures")


@dataclass(frozen=True)
class Piece:
    """Files of the project that take computing to make.

    Attributes
    ----------
    files
        What is made, from the root of the project.
    commands
        What makes it, one after the other, in the root of the project.
    rests_on
        What it was asked by, as text, besides what the model does.
    """

    files: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    rests_on: Callable[[], str]


def asked_by_main() -> str:
    """Everything in the main experiment that decides its tables."""
    return json.dumps(settings_of(load_experiment(ROOT / MAIN)), sort_keys=True)


def asked_by_fit() -> str:
    """The calibration with all its cases, and the fit that comes along."""
    calibration = load_calibration(ROOT / CALIBRATION)
    cases = {**calibration.experiments, **calibration.further}
    return json.dumps(
        {
            "calibration": calibration.file.model_dump(mode="json"),
            "cases": {name: settings_of(cases[name]) for name in sorted(cases)},
            "fit": (PACKAGE / "data" / ABOUT).read_text(encoding="utf-8"),
            "method": METHOD,
        },
        sort_keys=True,
    )


def asked_by_studies() -> str:
    """Everything in the files of searches that decides what they find."""
    studies = [load_experiment(ROOT / study) for study in STUDIES]
    searches = [
        {name: search.model_dump(mode="json") for name, search in study.search.items()}
        for study in studies
    ]
    return json.dumps([[settings_of(study) for study in studies], searches], sort_keys=True)


PIECES = {
    "levers": Piece(
        ("docs/levers.md", "docs/levers.csv"),
        ((*RUN, "levers", MAIN, "--write", "docs/levers.md"),),
        asked_by_main,
    ),
    # Hours: fits with fewer and fewer rules, and of every structure, cases left out of each.
    "fitting": Piece(
        ("docs/fitting.md", "sim/data/structures/structures.json"),
        (
            (*RUN, "rules", CALIBRATION, *REFIT, "--write", "docs/fitting.md"),
            (*RUN, "structures", CALIBRATION, *REFIT, "--write", "docs/fitting.md", *PUBLISH),
            (*RUN, "programmes", CALIBRATION, *STRUCTURE, *REFIT, "--write", "docs/fitting.md"),
            (*RUN, "tolerances", CALIBRATION, *STRUCTURE, "--write", "docs/fitting.md"),
            (*RUN, "second", CALIBRATION, *STRUCTURE, "--write", "docs/fitting.md"),
            (*RUN, "fixable", MAIN, "--seeds", "400", "--write", "docs/fitting.md"),
        ),
        asked_by_fit,
    ),
    "validation": Piece(
        ("docs/validation.md", "sim/data/ranks.csv"),
        (
            (*RUN, "calibrate", CALIBRATION, *STRUCTURE),
            (
                *(*RUN, "validate", CALIBRATION, *STRUCTURE),
                *("--write", "docs/validation.md", "--publish", "sim/data"),
            ),
        ),
        asked_by_fit,
    ),
    "studies": Piece(
        ("docs/search.md",),
        tuple((*RUN, "search", study, "--write", "docs/search.md") for study in STUDIES),
        asked_by_studies,
    ),
    "notebooks": Piece(
        NOTEBOOKS,
        ((sys.executable, "-m", "tests.notebooks"),),
        asked_by_main,
    ),
    "film": Piece(
        (FILM,),
        (
            (*RUN, "simulate", MAIN),
            (*RUN, "replay", "gaap_vs_scotland", "--format", "gif", "--out", FILM),
        ),
        asked_by_main,
    ),
}
# Made in a moment, compared by tests word by word; the pages read what the pieces above wrote.
QUICK = ((*RUN, "schema"), (sys.executable, "-m", "sim.pages.documents"))


def fingerprint(piece: Piece) -> str:
    """What a piece rests on today."""
    frozen = [json.loads(path.read_text(encoding="utf-8")) for path in FROZEN]
    frozen[0].pop("history", None)
    text = json.dumps(frozen, sort_keys=True) + piece.rests_on()
    return hashlib.sha256(text.encode()).hexdigest()


def stamps() -> dict[str, dict[str, str]]:
    """Fingerprints of when each piece was made; `behind` holds the words of one that waits."""
    found: dict[str, dict[str, str]] = json.loads(STAMPS.read_text(encoding="utf-8"))
    return found


def behind() -> list[str]:
    """Names of the pieces that rest on something else than today's model and files."""
    known = stamps()
    return [
        name
        for name, piece in PIECES.items()
        if known.get(name, {}).get("rests_on") != fingerprint(piece)
    ]


def make(names: Sequence[str]) -> None:
    """Make pieces anew, and the quick pages after them.

    Raises
    ------
    subprocess.CalledProcessError
        If a command fails; pieces made before it keep their new fingerprints.
    """
    for name in names:
        for command in PIECES[name].commands:
            _run(command)
        known = {**stamps(), name: {"rests_on": fingerprint(PIECES[name])}}
        STAMPS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for command in QUICK:
        _run(command)


def _run(command: Sequence[str]) -> None:
    print("$", "python", *command[1:], flush=True)
    subprocess.run(command, cwd=ROOT, check=True)


def main() -> int:
    """Say what is behind, or make it."""
    ask = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    ask.add_argument("--make", nargs="*", choices=list(PIECES), metavar="NAME")
    given = ask.parse_args()
    late = behind()
    if given.make is not None:
        make(given.make or late)
        return 0
    for name, piece in PIECES.items():
        print(f"{'behind' if name in late else 'in step':8} {name:12} {', '.join(piece.files)}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
