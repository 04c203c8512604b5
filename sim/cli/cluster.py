"""What `--cluster` means for a verb: where its runs are done, and what is said if that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from sim.runs.cluster import Cluster, ClusterLost, WorkersBar
from sim.runs.executors import Executor
from sim.runs.progress import Progress


@contextmanager
def place_of(
    address: str | None, workers: int | None, say: Callable[[str], object]
) -> Iterator[tuple[Executor | None, Progress | None]]:
    """Give the executor and the progress bar of a cluster, or two times None without one.

    Raises
    ------
    typer.Exit
        If it is lost; what is finished is kept.
    """
    if address is None:
        yield None, None
        return
    try:
        with Cluster(address, workers, say) as cluster:
            yield cluster, WorkersBar(cluster)
    except ClusterLost as error:
        typer.echo(
            f"{error} Finished work is kept; the same command goes on from there, also without "
            "--cluster.",
            err=True,
        )
        raise typer.Exit(1) from None
