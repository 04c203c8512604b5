"""A replay of stored results: found, put together, and written as page, film or pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from sim import __version__
from sim.analysis.findings import FINDINGS, find, read_findings
from sim.experiment.plan import check_scenarios
from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.files.sources import source_files
from sim.files.words import duration, listed, plural
from sim.files.writing import make_folder, write_text
from sim.model.run import get_ready
from sim.present.replay.choice import Choice, Role, choose, paths_of, the_seed
from sim.present.replay.data import Shown, replay_data
from sim.present.replay.why import FOLDER, explain, not_kept, seconds_needed
from sim.present.view import View
from sim.runs.executors import default_workers
from sim.runs.fingerprint import model_hash
from sim.runs.manifest import experiment_name, read_manifest
from sim.runs.progress import Bar, Progress, told
from sim.runs.record import FILE as RECORD
from sim.runs.record import place_of
from sim.runs.results import Results, load_results

Format = Literal["html", "mp4", "gif", "png"]
Say = Callable[[str], object]
MOST_IN_A_FILM = 2
MOST_KEPT = 8  # replays whose data stay beside the results
# What decides, besides model and results, what is kept of a replay.
MADE_BY = (
    "analysis",
    "present/figures",
    "present/replay",
    "present/tile_map.py",
    "present/view.py",
    "runs/again.py",
)


def replay(
    result: str | Path,
    *,
    scenarios: Sequence[str] | None = None,
    seed: int | None = None,
    role: Role = "typical",
    form: Format | None = None,
    out: Path | None = None,
    results_in: Path = Path("results"),
    workers: int | None = None,
    progress: Progress | None = None,
    say: Say = lambda line: None,
) -> Path:
    """Write a replay of stored results.

    Parameters
    ----------
    result
        A folder of results, or the name of an experiment, whose newest results are taken.
    scenarios
        Which are shown, in this order; by default all on a page, and two in a film: the base, and
        the first with other councils.
    seed
        The future that is shown first, instead of the one with the role.
    role
        "typical", "low" or "high".
    form
        What is written; by default what the name of `out` ends in, or a page.
    out
        The file; by default beside the results.
    results_in
        Where results of experiments lie.
    workers
        Futures looked into at a time; by default one a core.
    progress
        Is told how far it is; by default a bar on the terminal.
    say
        Receives lines for the user.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BadInput
        If there are no such results, scenarios or seeds, or the results are not what this version
        of the model gives.
    """
    form = _form(form, out)
    folder = find_result(result, results_in)
    path = out if out is not None else folder / f"replay.{form}"
    if path.is_dir():
        raise BadInput([Problem("this is a folder; name a file in it", file=str(path))])
    if form == "mp4":
        from sim.present.replay.film import find_encoder

        find_encoder()  # before anything takes its time
    listens = Bar() if progress is None else progress
    data = data_of(
        folder,
        scenarios=scenarios,
        seed=seed,
        role=role,
        film=form != "html",
        workers=default_workers() if workers is None else workers,
        progress=listens,
        say=say,
    )
    _write(data, form, path, listens)
    say(f"Wrote {path} ({_size(path)}).")
    return path


def _write(data: dict[str, Any], form: Format, path: Path, progress: Progress) -> None:
    make_folder(path.parent)
    if form == "html":
        from sim.present.replay.page import replay_page

        write_text(path, replay_page(data))
        return
    from sim.present.replay.film import write_film, write_gif, write_strip

    {"mp4": write_film, "gif": write_gif, "png": write_strip}[form](data, path, progress)


def _form(form: Format | None, out: Path | None) -> Format:
    known: tuple[Format, ...] = get_args(Format)
    ending = "" if out is None else out.suffix.lower().removeprefix(".")
    if form is None:
        if not ending:
            return "html"
        form = next((one for one in known if one == ending), None)
        if form is None:
            raise BadInput(
                [
                    Problem(
                        "a replay is not written in this format",
                        given=quoted(str(out)),
                        allowed=any_of([f".{one}" for one in known]),
                    )
                ]
            )
    elif ending and ending != form:
        raise BadInput(
            [
                Problem(
                    f"the file is to be {form}, but its name ends otherwise",
                    given=quoted(str(out)),
                    meant=quoted(str(Path(str(out)).with_suffix(f".{form}"))),
                )
            ]
        )
    return form


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size // 1000, 1):,} KB"


# ---------------------------------------------------------------- which results


def find_result(result: str | Path, results_in: Path) -> Path:
    """Find a folder of results, or the newest results of an experiment.

    Raises
    ------
    BadInput
        If there is none.
    """
    path = Path(result)
    if read_manifest(path):
        return path
    inside = path if path.is_dir() else results_in / experiment_name(path)
    newest = _newest(inside)
    if newest is not None:
        return newest
    if path.is_dir():
        raise BadInput([Problem("there are no results in this folder", file=str(path))])
    known = sorted({found.parent.parent.name for found in results_in.glob("*/*/manifest.json")})
    raise BadInput(
        [
            Problem(
                f"there are no results of this experiment in {results_in}; simulate it first",
                given=quoted(str(result)),
                allowed=f"a folder of results, or {any_of(known)}" if known else "",
                meant=closest(experiment_name(path), known),
            )
        ]
    )


def _newest(folder: Path) -> Path | None:
    found = []
    for path in folder.glob("*/manifest.json"):
        manifest = read_manifest(path.parent)
        if manifest:
            found.append((str(manifest["sessions"][-1]["ended"]), path.parent))
    return max(found)[1] if found else None


# ---------------------------------------------------------------- what is shown


def data_of(
    folder: Path,
    *,
    scenarios: Sequence[str] | None,
    seed: int | None,
    role: Role,
    film: bool,
    workers: int,
    progress: Progress,
    say: Say,
) -> dict[str, Any]:
    """Read what a replay shows from beside the results, or put it together and keep it there."""
    asked = [list(scenarios) if scenarios else None, seed, role, film]
    path = folder / FOLDER / f"data_{_key(folder, asked)}.json"
    kept = _read(path)
    if kept is not None:
        return kept
    say("Reading results: some seconds.")
    results = load_results(folder)
    findings = read_findings(folder)
    if set(findings) != set(FINDINGS):
        findings = find(results)
    view = View(results, findings)
    shown = _shown(results, view, scenarios, seed, role, workers, film=film)
    get_ready("compiled", say)
    futures = shown.explained()
    played = (
        [] if film else [(name, seed) for name in shown.scenarios for seed in shown.seeds(name)]
    )
    missing = not_kept(futures, folder)
    seconds = seconds_needed(results.experiment, missing, played, workers)
    work = [
        f"why councils decide in {plural(len(missing), 'future')}" if missing else "",
        f"how likely each is in, over {plural(len(played), 'future')}" if played else "",
    ]
    if any(work):
        say(
            f"Finding out {listed([one for one in work if one])}: about {duration(seconds)}; "
            "the next time it takes some seconds."
        )
    why = explain(results.experiment, futures, folder, workers, progress)
    with told(progress, len(played), "future"):
        data = replay_data(shown, why, progress.advance)
    # As it comes back from the file.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    _keep(path, text)
    found: dict[str, Any] = json.loads(text)
    return found


def _shown(
    results: Results,
    view: View,
    scenarios: Sequence[str] | None,
    seed: int | None,
    role: Role,
    workers: int,
    *,
    film: bool,
) -> Shown:
    names = _scenarios(results, view, scenarios, film=film)
    paths = paths_of(results, names)
    usual = choose(paths)
    if seed is not None:
        first = the_seed(paths, seed)
    else:
        first = next((one for one in usual if one.role == role), usual[0])
    if film:
        choices: list[Choice] = [first]
    else:
        choices = [first, *(one for one in usual if one.seed != first.seed)]
    return Shown(results, view, names, choices, len(paths.seeds), workers, is_film=film)


def _scenarios(
    results: Results, view: View, scenarios: Sequence[str] | None, *, film: bool
) -> list[str]:
    """Names of the scenarios that are shown, in their order."""
    if scenarios:
        check_scenarios(results.experiment, scenarios)
        chosen = list(dict.fromkeys(scenarios))
        missing = [name for name in chosen if name not in results.scenarios]
        if missing:
            raise BadInput(
                [
                    Problem(
                        "no future of this scenario is among the results",
                        given=quoted(missing[0]),
                        allowed=any_of(results.scenarios),
                    )
                ]
            )
        if film and len(chosen) > MOST_IN_A_FILM:
            raise BadInput(
                [
                    Problem(
                        "a film shows one scenario, or two side by side",
                        given=", ".join(chosen),
                        allowed="such as --scenarios " + ",".join(chosen[:MOST_IN_A_FILM]),
                    )
                ]
            )
        return chosen
    if not results.scenarios:
        raise BadInput([Problem("no run of these results went through: there is nothing to show")])
    if not film:
        return results.scenarios
    others = [group.scenarios[0] for group in view.sets if view.base not in group.scenarios]
    rest = [name for name in results.scenarios if name != view.base]
    return [view.base, *(others or rest)[: MOST_IN_A_FILM - 1]]


# ---------------------------------------------------------------- kept beside the results


def _key(folder: Path, asked: Sequence[object]) -> str:
    """Fingerprint of everything that what is shown depends on."""
    try:
        tables = place_of(folder, RECORD).read_text(encoding="utf-8")
    except OSError:
        tables = ""
    settings = (folder / "experiment.toml").read_text(encoding="utf-8", errors="replace")
    code = [source.read_text(encoding="utf-8") for _, source in source_files(files("sim"), MADE_BY)]
    content = [__version__, model_hash(), code, tables, settings, list(asked)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:20]


def _keep(path: Path, text: str) -> None:
    """Keep what is shown; where nothing can be written it is made another time."""
    check = hashlib.sha256(text.encode()).hexdigest()
    try:
        make_folder(path.parent)
        write_text(path, f"{check}\n{text}\n")
        kept = sorted(path.parent.glob("data_*.json"), key=lambda one: one.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
    except (BadInput, OSError):
        return


def _read(path: Path) -> dict[str, Any] | None:
    """Read what was kept; None where nothing whole is there."""
    try:
        check, text, rest = path.read_text(encoding="utf-8").split("\n", 2)
    except (OSError, ValueError):
        return None
    if rest or hashlib.sha256(text.encode()).hexdigest() != check:
        return None
    found: dict[str, Any] = json.loads(text)
    return found
