"""Options that several verbs share, and what verbs do alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.files.problems import BadInput, Problem

ExperimentFile = Annotated[
    Path,
    typer.Argument(help="An experiment file (.toml), or the name of one that comes along."),
]
CalibrationFile = Annotated[
    Path,
    typer.Argument(help="A calibration file (.toml), or the one that comes along: calibration."),
]
Out = Annotated[Path, typer.Option(help="Folder for results.")]
Seeds = Annotated[int | None, typer.Option(help="Number of seeds, instead of the file's.")]
Scenarios = Annotated[str | None, typer.Option(help="Only these scenarios, separated by commas.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Runs at a time; by default one for each core.")
]
Structure = Annotated[
    str | None, typer.Option(help="A structure of the file; by default the file as it is.")
]
Particles = Annotated[
    int | None, typer.Option(min=20, max=100_000, help="Draws instead of the file's number.")
]
Refit = Annotated[
    int,
    typer.Option(
        min=0,
        max=100_000,
        help="Draws with which a fit goes on without a case where weights cannot stand in.",
    ),
]
Engines = Annotated[
    Literal["auto", "compiled", "mesa"],
    typer.Option(
        help="compiled is fast, mesa the readable reference; results are the same. auto compiles "
        "when it first pays."
    ),
]
OnCluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Run on the workers of a Dask scheduler, tcp://host:port, or local; docs/scale.md.",
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a setting: scenarios.gaap.push.visits_per_month=8"),
]
Off = Annotated[
    list[str] | None,
    typer.Option(metavar="RULE", help="A rule of the file to leave out; may be repeated."),
]
Without = Annotated[
    int | None, typer.Option(metavar="PATTERN", help="A pattern not to fit, to be predicted.")
]
Tolerances = Annotated[
    float | None,
    typer.Option(
        metavar="RATIO",
        min=0.01,
        max=100,
        help="Multiply the tolerances of all figures by it: 0.5 halves them.",
    ),
]


def usual_folder(folder: str) -> Path:
    """Return a folder of the checkout where there is one, or else the current folder."""
    return Path(folder) if Path(folder).is_dir() else Path()


def file_to_write(path: Path) -> Path:
    """Return where a file is to be written, before there is anything to lose.

    Raises
    ------
    BadInput
        If it is a folder.
    """
    if path.is_dir():
        problem = Problem("this is a folder; name a file in it", file=str(path))
        raise BadInput([problem])
    return path


def document_of(write: Path | None) -> Path | None:
    """Return the document that a part is to be put into, if any, as `file_to_write` does."""
    return None if write is None else file_to_write(write)


def names_in(text: str | None) -> list[str] | None:
    """Part names that are separated by commas."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


@contextmanager
def keeping(what: str) -> Iterator[None]:
    """Say what is kept where long work is stopped or a worker dies."""
    from sim.runs.executors import WorkerDied

    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"Stopped. Finished {what} are kept; the same command goes on from there.")
        raise typer.Exit(130) from None
    except WorkerDied as error:
        typer.echo(f"{error}. Finished {what} are kept; try fewer --workers.", err=True)
        raise typer.Exit(1) from None
