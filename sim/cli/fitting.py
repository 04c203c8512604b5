"""The verbs of fitting behaviour to history, and of holding fits against it."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import (
    CalibrationFile,
    Changes,
    ExperimentFile,
    Off,
    Out,
    Particles,
    Refit,
    Structure,
    Tolerances,
    Without,
    Workers,
    document_of,
    file_to_write,
    keeping,
    usual_folder,
)


def calibrate(
    calibration: CalibrationFile,
    workers: Workers = None,
    particles: Particles = None,
    off: Off = None,
    without: Without = None,
    structure: Structure = None,
    tolerances: Tolerances = None,
    out: Out = Path("results"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was done before.")] = False,
    publish: Annotated[
        Path | None,
        typer.Option(help="Folder to write the fit to, so that experiments can draw from it."),
    ] = None,
) -> None:
    """Fit behaviour to dated cases; stopped, it goes on where it was.

    Example: python run.py calibrate calibration --publish my_fit

    An experiment draws behaviour from that fit with [parameters] fit = "my_fit", the path being
    relative to its file.
    """
    from sim.calibration.calibrate import calibrate as fit
    from sim.calibration.load import load_calibration
    from sim.calibration.publish import get_place
    from sim.calibration.publish import publish as write_fit
    from sim.files.problems import quoted

    if publish is not None:
        wanted = load_calibration(calibration).file.particles if particles is None else particles
        get_place(publish, wanted)
    with keeping("stages"):
        found = fit(
            calibration,
            out=out,
            workers=workers,
            fresh=fresh,
            particles=particles,
            without=without,
            off=tuple(off or ()),
            structure=structure,
            tolerance_ratio=tolerances,
            say=typer.echo,
        )
        if publish is not None:
            without_rules = tuple(off or ())
            write_fit(calibration, found, publish, off=without_rules, structure=structure)
            typer.echo(
                f"The fit is in {publish}. An experiment beside it draws behaviour from it with "
                f"[parameters] fit = {quoted(publish.name)}."
            )


def rules(
    calibration: CalibrationFile,
    workers: Workers = None,
    particles: Particles = None,
    refit: Refit = 0,
    out: Out = Path("results"),
    write: Annotated[
        Path | None,
        typer.Option(help="A document whose part between the markers `batches` to write anew."),
    ] = None,
) -> None:
    """Fit without rules, batch by batch, and see how cases left out are predicted.

    Example: python run.py rules calibration

    Stopped, it goes on where it was.
    """
    from sim.cli.rules import rules_told

    with keeping("stages"):
        told = rules_told(
            calibration,
            out=out,
            workers=workers,
            particles=particles,
            refit=refit,
            document=document_of(write),
            say=typer.echo,
        )
    typer.echo(told)


def structures(
    calibration: CalibrationFile,
    workers: Workers = None,
    particles: Particles = None,
    refit: Refit = 0,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this structure; may be repeated."),
    ] = None,
    out: Out = Path("results"),
    write: Annotated[
        Path | None,
        typer.Option(help="A document whose part between the markers `baselines` to write anew."),
    ] = None,
    publish: Annotated[
        Path | None, typer.Option(help="Folder to write the draws of each structure to.")
    ] = None,
) -> None:
    """Fit rival ways to build the model alike, and see how each predicts cases left out.

    Example: python run.py structures calibration --refit 300

    Stopped, it goes on where it was.
    """
    from sim.cli.structures import structures_told

    with keeping("stages"):
        told = structures_told(
            calibration,
            out=out,
            workers=workers,
            particles=particles,
            refit=refit,
            only=only or (),
            document=document_of(write),
            publish=publish,
            say=typer.echo,
        )
    typer.echo(told)


def programmes(
    calibration: CalibrationFile,
    workers: Workers = None,
    refit: Refit = 300,
    structure: Structure = None,
    out: Out = Path("results"),
    write: Annotated[
        Path | None,
        typer.Option(help="A document whose part between the markers `programmes` to write anew."),
    ] = None,
) -> None:
    """Show how far programmes of the same terms differ, and what knowing that is worth.

    Example: python run.py programmes calibration --structure rules

    Stopped, it goes on where it was.
    """
    from sim.cli.programmes import programmes_told

    with keeping("stages"):
        told = programmes_told(
            calibration,
            structure,
            refit,
            document_of(write),
            out=out,
            workers=workers,
            say=typer.echo,
        )
    typer.echo(told)


def baselines(
    calibration: CalibrationFile,
    fit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="A finished fit to set beside, and what to call it; may be repeated.",
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(help="A document whose part between the markers `baselines` to write anew."),
    ] = None,
) -> None:
    """Predict each case from the others by simple curves, which a model has to beat.

    Example: python run.py baselines calibration

    Takes about half a minute. With --fit, how a fit predicts cases left out is set beside.
    """
    from sim.cli.baselines import baselines as held_against

    typer.echo(held_against(calibration, fit or (), document_of(write)))


def fits(
    fit: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=FOLDER...",
            help="Finished fits, and what to call each; others are held against the first.",
        ),
    ],
    write: Annotated[
        Path | None,
        typer.Option(help="A document whose part between the markers `fits` to write anew."),
    ] = None,
) -> None:
    """Set finished fits side by side: what each knows of parameters, and what moves.

    Example: python run.py fits "as it is=results/calibration/A" "halved=results/calibration/B"
    """
    from sim.cli.posteriors import fits as side_by_side

    typer.echo(side_by_side(fit, document_of(write)))


def tolerances(
    calibration: CalibrationFile,
    workers: Workers = None,
    particles: Particles = None,
    structure: Structure = None,
    out: Out = Path("results"),
    write: Annotated[
        Path | None,
        typer.Option(help="A document whose part between the markers `fits` to write anew."),
    ] = None,
) -> None:
    """Fit with tolerances as they are, halved and doubled, and see which parameters move.

    Example: python run.py tolerances calibration --structure rules

    Stopped, it goes on where it was.
    """
    from sim.cli.posteriors import tolerances as with_each

    with keeping("stages"):
        told = with_each(
            calibration,
            structure,
            particles,
            document_of(write),
            out=out,
            workers=workers,
            say=typer.echo,
        )
    typer.echo(told)


def second(
    calibration: CalibrationFile,
    fit: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the finished fit to hold against it; by default that which `calibrate` "
            "makes with the same options."
        ),
    ] = None,
    simulations: Annotated[
        int,
        typer.Option(min=100, max=1_000_000, help="Draws of the prior to simulate; kept."),
    ] = 20_000,
    off: Off = None,
    without: Without = None,
    structure: Structure = None,
    tolerances: Tolerances = None,
    workers: Workers = None,
    out: Out = Path("results"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was simulated.")] = False,
    write: Annotated[
        Path | None,
        typer.Option(help="A document whose part between the markers `second` to write anew."),
    ] = None,
) -> None:
    """Find a second posterior by regression on simulations, and hold a fit against it.

    Example: python run.py second calibration --structure rules

    Stopped, it goes on where it was. What a fit of --fit leaves out has to be left out here too.
    """
    from sim.calibration.plan import Source
    from sim.cli.posteriors import second as hold_against

    source = Source(str(calibration), without, tuple(off or ()), structure, tolerances)
    with keeping("simulations"):
        said = hold_against(
            source,
            fit,
            simulations,
            document_of(write),
            out=out,
            workers=workers,
            fresh=fresh,
            say=typer.echo,
        )
    typer.echo(said)


def fixable(
    experiment: ExperimentFile,
    changes: Changes = None,
    seeds: Annotated[
        int, typer.Option(min=2, help="Futures at each end, each with a draw of its own.")
    ] = 100,
    workers: Workers = None,
    write: Annotated[
        Path | None,
        typer.Option(help="A document whose part between the markers `fixable` to write anew."),
    ] = None,
) -> None:
    """Show which fitted parameters of which history told nothing could as well be fixed.

    Example: python run.py fixable gaap_vs_scotland --set parameters.fit=my_fit
    """
    from sim.cli.fixable import fixable_text

    place = document_of(write)
    typer.echo(fixable_text(experiment, changes or (), seeds, workers, place, typer.echo))


def evidence(
    parameter: Annotated[
        str | None,
        typer.Argument(help="A setting, or a figure of a programme; by default all are listed."),
    ] = None,
) -> None:
    """Show what a setting, or a figure of a programme, rests on.

    Example: python run.py evidence behaviour.abandon_depth_per_month
    """
    from sim.cli.evidence import evidence_list, evidence_of

    typer.echo(evidence_list() if parameter is None else evidence_of(parameter))


def validate(
    calibration: CalibrationFile,
    workers: Workers = None,
    refit: Refit = 300,
    structure: Structure = None,
    out: Out = Path("results"),
    write: Annotated[
        Path | None,
        typer.Option(help="Where to write the page; by default validation.md, in docs/ if any."),
    ] = None,
    publish: Annotated[
        Path | None,
        typer.Option(help="Folder for the ranks of known parameters, which take hours to make."),
    ] = None,
) -> None:
    """Hold the fit against history, also against patterns it was not shown.

    Example: python run.py validate calibration --write validation.md
    """
    from sim.calibration.validate import validate as hold_against_history
    from sim.files.writing import write_text
    from sim.pages.validation_page import validation_page

    page = file_to_write(usual_folder("docs") / "validation.md" if write is None else write)
    with keeping("stages"):
        found = hold_against_history(
            calibration,
            out=out,
            workers=workers,
            leave_out_particles=refit,
            structure=structure,
            publish=publish,
            say=typer.echo,
        )
    write_text(page, validation_page(found, page.parent))
    typer.echo(f"Wrote {page}.")


# In the order in which help lists them.
VERBS: tuple[Callable[..., None], ...] = (
    calibrate,
    rules,
    structures,
    programmes,
    baselines,
    fits,
    tolerances,
    second,
    fixable,
    evidence,
    validate,
)
