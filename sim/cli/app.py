"""The verbs of the command line, `council-platform-sim` or `python run.py`, and their help.

Exit codes: 0 all went well; 1 some runs failed, or there was no room for the output; 2 something
is wrong with the input; 130 stopped with Ctrl-C, finished runs are kept (143 and 129 if asked to
end, or the terminal was closed).
"""

import gc
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.cli.ending import run_to_the_end
from sim.cli.fitting import VERBS as VERBS_OF_FITTING
from sim.cli.options import (
    Changes,
    Engines,
    ExperimentFile,
    OnCluster,
    Out,
    Scenarios,
    Seeds,
    Workers,
    document_of,
    file_to_write,
    keeping,
    names_in,
    usual_folder,
)
from sim.files.problems import BadInput, Problem
from sim.files.shipped import RECIPES, program

# How the examples in the help of verbs begin, as they are written here.
WRITTEN = "python run.py"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Would councils share one IT platform? Runs experiment files and writes reports.\n\n"
    f"Start with: {program()} simulate quickstart\n\n"
    "Exit codes: 0 all went well; 1 some runs failed; 2 something is wrong with the input; "
    "130 stopped with Ctrl-C (finished runs are kept).",
)


def _version(wanted: bool) -> None:
    if wanted:
        from sim import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def simulate(
    experiment: ExperimentFile,
    seeds: Seeds = None,
    scenarios: Scenarios = None,
    workers: Workers = None,
    engine: Engines = "auto",
    out: Out = Path("results"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget earlier results of this experiment.")
    ] = False,
    cluster: OnCluster = None,
    changes: Changes = None,
) -> None:
    """Run an experiment and write its tables, figures and report.

    Example: python run.py simulate gaap_vs_scotland --seeds 100

    The same command again does only what is missing; more seeds extend the same tables.
    """
    from sim.cli.cluster import place_of
    from sim.files.words import plural
    from sim.runs.executors import WorkerDied
    from sim.study import simulate as run_experiment

    try:
        with place_of(cluster, workers, typer.echo) as (executor, progress):
            results = run_experiment(
                experiment,
                seeds=seeds,
                scenarios=names_in(scenarios),
                workers=workers,
                executor=executor,
                progress=progress,
                engine=engine,
                out=out,
                fresh=fresh,
                changes=changes or (),
                say=typer.echo,
            )
    except KeyboardInterrupt:
        typer.echo("Stopped. Finished runs are kept; the same command goes on from there.")
        raise typer.Exit(130) from None
    except WorkerDied:
        typer.echo(
            "A worker process was killed, perhaps for lack of memory. Finished runs are kept; "
            "the same command goes on from there (try fewer --workers).",
            err=True,
        )
        raise typer.Exit(1) from None
    if len(results.failed):
        last = str(results.failed["error"].iloc[0]).strip().splitlines()[-1]
        typer.echo(
            f"{plural(len(results.failed), 'run')} failed; failed.parquet keeps the tracebacks. "
            f"The first: {last}",
            err=True,
        )
        raise typer.Exit(1)


@app.command()
def check(
    experiment: ExperimentFile,
    seeds: Seeds = None,
    scenarios: Scenarios = None,
    workers: Workers = None,
    engine: Engines = "auto",
    changes: Changes = None,
) -> None:
    """Validate an experiment file and print the plan, without running it.

    Example: python run.py check gaap_vs_scotland
    """
    from sim.cli.plan import plan_text

    typer.echo(plan_text(experiment, changes or (), seeds, names_in(scenarios), workers, engine))


@app.command()
def report(
    result: Annotated[
        str,
        typer.Argument(help="A folder of results, or the name of an experiment: its newest ones."),
    ],
    format: Annotated[
        str, typer.Option(help="html, docx (Word), pptx (slides) or md; several with commas.")
    ] = "docx",
    brief: Annotated[
        bool, typer.Option("--brief", help="One page: question, answer and what to keep in mind.")
    ] = False,
    council: Annotated[
        str | None, typer.Option(help="A page on this council, by its name or GSS code.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; by default that of the results.")
    ] = None,
) -> None:
    """Write the report of finished results as a Word file, slides and more; nothing is run.

    Example: python run.py report gaap_vs_scotland --format docx,pptx
    """
    from sim.cli.report import write_reports

    write_reports(result, format, short=brief, council=council, out=out, say=typer.echo)


@app.command()
def compare(
    first: Annotated[
        str,
        typer.Argument(help="A folder of results, or the name of an experiment: its newest ones."),
    ],
    second: Annotated[str, typer.Argument(help="Other results, likewise.")],
    format: Annotated[
        str, typer.Option(help="Also write a page: html, docx (Word), pptx (slides) or md.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page; by default that of the first results.")
    ] = None,
) -> None:
    """Say how two finished results differ: in their settings, and in what came out.

    Example: python run.py compare gaap_vs_scotland uk_beacon --format docx
    """
    from sim.cli.report import compare_results

    compare_results(first, second, format, out=out, say=typer.echo)


@app.command()
def replay(
    result: Annotated[
        Path,
        typer.Argument(help="A folder of results, or an experiment's name for its newest."),
    ],
    scenarios: Annotated[
        str | None,
        typer.Option(help="Show these, in this order, separated by commas; a film shows two."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Show the simulated future of this seed.")
    ] = None,
    typical: Annotated[
        bool, typer.Option("--typical", help="Show the future nearest to the median: the default.")
    ] = False,
    low: Annotated[
        bool, typer.Option("--low", help="Show one that goes as badly as 1 in 10 do.")
    ] = False,
    high: Annotated[
        bool, typer.Option("--high", help="Show one that goes as well as 1 in 10 do.")
    ] = False,
    form: Annotated[
        Literal["html", "mp4", "gif", "png"] | None,
        typer.Option(
            "--format", help="html: a page to play in any browser, offline (the default)."
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", help="The file; by default beside the results.")
    ] = None,
    results: Annotated[
        Path, typer.Option("--results", help="Folder in which results of experiments lie.")
    ] = Path("results"),
    workers: Workers = None,
) -> None:
    """Replay one simulated future month by month: as a page, a film or pictures.

    Example: python run.py replay gaap_vs_scotland --format mp4 --out adoption.mp4
    """
    from sim.present.replay.replay import replay as write_replay
    from sim.runs.executors import WorkerDied

    roles = {"--typical": typical, "--low": low, "--high": high, "--seed": seed is not None}
    wanted = [option for option, chosen in roles.items() if chosen]
    if len(wanted) > 1:
        raise BadInput(
            [Problem("only one future can be shown first", given=" ".join(wanted), allowed="one")]
        )
    try:
        write_replay(
            result,
            scenarios=names_in(scenarios),
            seed=seed,
            role="low" if low else "high" if high else "typical",
            form=form,
            out=file,
            results_in=results,
            workers=workers,
            say=typer.echo,
        )
    except KeyboardInterrupt:
        typer.echo("Stopped. What was looked into is kept; the same command goes on from there.")
        raise typer.Exit(130) from None
    except WorkerDied as error:
        typer.echo(f"{error}. Try fewer --workers.", err=True)
        raise typer.Exit(1) from None


@app.command()
def search(
    experiment: ExperimentFile,
    name: Annotated[
        str | None,
        typer.Argument(help="A search of it: NAME of a table [search.NAME]; by default each."),
    ] = None,
    workers: Workers = None,
    out: Out = Path("results"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget earlier results of this search.")
    ] = False,
    changes: Changes = None,
    write: Annotated[
        Path | None,
        typer.Option(
            help="A document: what all searches found goes between the markers of the file's name."
        ),
    ] = None,
) -> None:
    """Search for the cheapest push that meets goals, and say what stands in the way.

    Example: python run.py search sweeps/three_quarters scotland

    Stopped or killed at any moment, the same command goes on from there; docs/search.md says more.
    """
    from sim.cli.searches import run_searches

    place = document_of(write)
    with keeping("steps"):
        run_searches(experiment, name, workers, out, fresh, changes or (), place, typer.echo)


@app.command()
def sweep(
    experiment: ExperimentFile,
    name: Annotated[str, typer.Argument(help="A sweep of it: NAME of a table [sweep.NAME].")],
    workers: Workers = None,
    out: Out = Path("results"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget earlier results of this sweep.")
    ] = False,
    shard: Annotated[
        str | None, typer.Option(help="Only a part of the work, such as 3/8, as in array jobs.")
    ] = None,
    join: Annotated[
        bool, typer.Option("--join", help="Put together what all shards have done.")
    ] = False,
    cluster: OnCluster = None,
    replicates: Annotated[
        int | None,
        typer.Option(min=1, help="Futures of each point, instead of the file's number."),
    ] = None,
    changes: Changes = None,
) -> None:
    """Run thousands of points of an experiment, and keep chosen outcomes of each.

    Example: python run.py sweep sweeps/push_or_terms push --workers 4

    Stopped or killed at any moment, the same command goes on from there; docs/sweeps.md says more.
    """
    from sim.cli.cluster import place_of
    from sim.cli.sweeps import run_and_tell
    from sim.runs.sweeps import many_cores

    more = () if replicates is None else (f"sweep.{name}.replicates={replicates}",)
    with (
        keeping("blocks"),
        place_of(cluster, workers, typer.echo) as (executor, progress),
    ):
        run_and_tell(
            experiment,
            name,
            workers=workers,
            executor=executor or many_cores(workers),
            progress=progress,
            out=out,
            fresh=fresh,
            shard=shard,
            join=join,
            changes=(*(changes or ()), *more),
            say=typer.echo,
        )


@app.command()
def verify(
    result: Annotated[Path, typer.Argument(help="A folder of results of a sweep.")],
    sample: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="Runs that are done again and compared.")
    ] = 100,
) -> None:
    """Look whether results of a sweep are whole, and do some of its runs again.

    Example: python run.py verify results/push_or_terms/sweep/push/14c7ee46d322
    """
    from sim.cli.sweeps import verified_text

    text, right = verified_text(result, sample)
    typer.echo(text)
    if not right:
        raise typer.Exit(1)


@app.command()
def indices(
    result: Annotated[Path, typer.Argument(help="A folder of results of a sweep.")],
) -> None:
    """Show what outcomes of a sweep hang on, for the designs of Sobol and Morris.

    Example: python run.py indices results/push_or_terms/sweep/terms/14c7ee46d322
    """
    from sim.cli.sweeps import sensitivity_text

    typer.echo(sensitivity_text(result))


@app.command("list")
def list_results(out: Out = Path("results")) -> None:
    """List past results.

    Example: python run.py list
    """
    from sim.cli.lookup import past_results

    typer.echo(past_results(out))


@app.command()
def council(
    name: Annotated[str, typer.Argument(help="Name or GSS code of a council.")],
    result: Annotated[
        Path | None,
        typer.Option(help="A folder of results; by default the newest in which it takes part."),
    ] = None,
    out: Out = Path("results"),
) -> None:
    """Show one council: its traits, those it listens to, and its record in a result.

    Example: python run.py council "Fife"
    """
    from sim.cli.lookup import council_text

    typer.echo(council_text(name, result, out))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the new experiment.")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Where to write it; by default experiments/ if there is one, or here."),
    ] = None,
    recipes: Annotated[
        str | None,
        typer.Option(
            "--with", help=f"Scenarios to put in, separated by commas: {', '.join(RECIPES)}."
        ),
    ] = None,
) -> None:
    """Write a commented experiment file to start from.

    Example: python run.py new my_question --with duty,pilot

    What the recipes after --with look like, and all other settings: docs/settings.md.
    """
    from sim.cli.new import new_experiment

    place = usual_folder("experiments") if folder is None else folder
    typer.echo(new_experiment(name, place, names_in(recipes) or ()))


@app.command()
def levers(
    experiment: ExperimentFile,
    seeds: Annotated[int, typer.Option(min=2, help="Seeds at each end of each lever.")] = 40,
    scenarios: Scenarios = None,
    workers: Workers = None,
    write: Annotated[
        Path | None, typer.Option(help="Write a Markdown page instead of printing it.")
    ] = None,
) -> None:
    """Show how the result responds to each lever over its range, one at a time.

    Example: python run.py levers gaap_vs_scotland --write levers.md
    """
    from sim.analysis.findings import find
    from sim.files.spreadsheet import write_csv
    from sim.files.writing import write_text
    from sim.pages.levers import levers_page
    from sim.present.markdown import markdown
    from sim.present.report.facts import Facts
    from sim.study import move_levers

    if write is not None:
        file_to_write(write)
    results = move_levers(
        experiment, seeds=seeds, scenarios=names_in(scenarios), workers=workers, say=typer.echo
    )
    findings = find(results)
    page = markdown(levers_page(Facts(results.experiment, findings)), findings)
    if write is None:
        typer.echo(page)
    else:
        write_text(write, page)
        write_csv(write.with_suffix(".csv"), findings["levers"])
        typer.echo(f"Wrote {write}, and its table beside it.")


for _does in VERBS_OF_FITTING:
    app.command()(_does)


@app.command()
def schema(
    path: Annotated[
        Path | None,
        typer.Option(help="Where to write it; by default beside the experiments, or here."),
    ] = None,
) -> None:
    """Write the JSON Schema of experiment files, with which editors complete and check them.

    Example: python run.py schema
    """
    import json

    from sim.experiment.write import experiment_schema
    from sim.files.shipped import SCHEMA
    from sim.files.writing import write_text

    path = file_to_write(usual_folder("experiments") / SCHEMA if path is None else path)
    write_text(path, json.dumps(experiment_schema(), indent=2, ensure_ascii=False) + "\n")
    typer.echo(f"Wrote {path}.")


for _verb in app.registered_commands:
    _verb.help = (inspect.getdoc(_verb.callback) or "").replace(WRITTEN, program())


def verbs() -> dict[str, Callable[..., object]]:
    """Return what each verb does, by its name."""
    known = ((command.name, command.callback) for command in app.registered_commands)
    return {name or str(getattr(does, "__name__", "")): does for name, does in known if does}


def _call() -> None:
    from sim.cli.mistyped import answer_mistakes

    answer_mistakes(sys.argv[1:], verbs())
    app()


def main() -> None:
    """Run the command line; input errors are plain lines and exit code 2."""
    # Nearly all that is made here lives to the end: looking for garbage often costs seconds.
    gc.set_threshold(100_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A Windows console may not know every letter of a council's name.
            stream.reconfigure(errors="replace")
    sys.exit(run_to_the_end(_call))
