"""Chunks run on the workers of a Dask scheduler, on this machine or on many.

All that goes there and back are bytes: the task once to each worker, chunks one by one, results to
this side, which alone writes files. Dask keeps the queue, and does again what a lost worker had in
hand. Whom one does not know one does not trust: before its first chunk a worker compares code,
data, packages and the files that an experiment names with what they are here.
"""

from __future__ import annotations

import logging
import pickle
import platform
import re
import tempfile
import threading
import time
from asyncio import CancelledError as Cancelled
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any, Generic

from sim import __version__
from sim.files.problems import BadInput, Problem, quoted
from sim.files.words import plural
from sim.runs.executors import (
    Chunk,
    Result,
    Task,
    Work,
    answer_to,
    default_workers,
    no_interrupt,
    read_answer,
    ready_for_processes,
)
from sim.runs.fingerprint import model_hash
from sim.runs.progress import Bar

LOCAL = "local"
_ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:\d{1,5}")
# Seconds until a scheduler counts as not there, one that has no worker as having none, and one
# that is not heard of as gone; together under a minute, which is how long anybody waits for news.
CONNECT_SECONDS, WORKER_SECONDS, ANSWER_SECONDS = 20.0, 30.0, 20.0
# Between two looks at the scheduler and its workers.
LOOK_SECONDS = 2.0
# Other versions of these may change a bit of a figure, or not be able to read what is sent.
_PACKAGES = ("numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy")
_GONE = (OSError, TimeoutError, Cancelled, CancelledError)


class ClusterLost(RuntimeError):  # noqa: N818
    """A scheduler is gone, or has no workers any more; the text says what to do."""


@dataclass(frozen=True)
class Fingerprinted(Generic[Chunk, Result]):
    """A task of which another machine can tell whether it would do the same work.

    Parameters
    ----------
    task
        What makes the function that turns a chunk into its result.
    fingerprint
        Works out that of everything that decides results, files that are read included.
    """

    task: Task[Chunk, Result]
    fingerprint: Callable[[], str]

    def __call__(self) -> Callable[[Chunk], Result]:
        """Make the function."""
        return self.task()


# ---------------------------------------------------------------- here


class Cluster:
    """An executor on the workers of a Dask scheduler; as a context it ends the connection.

    It connects when it is first asked for something. Workers may join and leave at any time. One
    with other code, data or packages is left out, with a sentence that says why. When work is
    stopped, chunks that workers have begun are dropped, too: a scheduler does not say which they
    are.

    Parameters
    ----------
    address
        ``tcp://host:port`` of a scheduler, or ``local``, which starts one with workers here.
    workers
        Processes of ``local``, by default one a core.
    say
        Receives a sentence for each worker that is left out.

    Raises
    ------
    BadInput
        If this is no address; and where work begins, if Dask is not installed, nothing answers at
        the address, or there is no worker that can be trusted.
    """

    def __init__(
        self,
        address: str,
        workers: int | None = None,
        say: Callable[[str], object] = lambda line: None,
    ) -> None:
        if address != LOCAL and not _ADDRESS.fullmatch(address):
            raise _problem("this is no address of a scheduler", address)
        if address != LOCAL and workers is not None:
            words = "a scheduler has the workers that have joined it; leave out --workers"
            raise BadInput([Problem(words, key="--workers", given=str(workers))])
        self.address = address
        self._processes = default_workers() if workers is None else workers
        self._say = say
        self._open = ExitStack()
        self._client: Any = None
        self._threads: dict[str, int] = {}  # of workers that were not refused, by address
        self._refused: set[str] = set()
        self._looked = self._had_workers = 0.0

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()
        self._client = None

    @property
    def workers(self) -> int:
        """Number of chunks that it runs at a time, as of a moment ago."""
        if self._client is None:
            self._connect()
        with suppress(ClusterLost):  # whoever waits for a result hears of it
            self.look()
        return max(1, sum(self._threads.values()))

    def start(self, task: Task[Chunk, Result]) -> Work[Chunk, Result]:
        """Begin to work on a task."""
        if self._client is None:
            self._connect()
        return _WorkOnCluster(self, self._client, task)

    def look(self, *, now: bool = False) -> None:
        """See which workers there are, unless that was done a moment ago.

        Raises
        ------
        ClusterLost
            If the scheduler does not answer, or had no worker for a while.
        """
        if not now and time.monotonic() - self._looked < LOOK_SECONDS:
            return
        try:
            found = self._client.sync(
                self._client.scheduler.ncores, callback_timeout=ANSWER_SECONDS
            )
        except _GONE as error:
            raise self.lost() from error
        finally:
            self._looked = time.monotonic()
        self._threads = {
            worker: threads for worker, threads in found.items() if worker not in self._refused
        }
        if self._threads:
            self._had_workers = self._looked
        elif self._looked - self._had_workers > WORKER_SECONDS:
            raise ClusterLost(f"The scheduler at {self.address} has no workers any more.")

    def lost(self) -> ClusterLost:
        """Say that the scheduler is gone."""
        return ClusterLost(f"The scheduler at {self.address} does not answer any more.")

    def refuse(self, worker: str, why: str) -> None:
        """Leave a worker out from now on.

        Raises
        ------
        BadInput
            If no other is left.
        """
        if worker not in self._refused:
            self._refused.add(worker)
            self._say(f"The worker at {worker} is left out: {why}.")
        self.look(now=True)
        if not self._threads:
            raise _problem(
                f"no worker of this scheduler can be trusted with the work; at {worker}, {why}",
                self.address,
                "workers with the same version of this program, its data and its packages",
            )

    def trusted(self) -> list[str] | None:
        """Addresses of the workers that may have chunks; None where all may."""
        return list(self._threads) if self._refused else None

    def _connect(self) -> None:
        distributed = _library()
        with ExitStack() as opened:
            opened.enter_context(_quiet())
            address: Any = self.address
            if address == LOCAL:
                folder = tempfile.TemporaryDirectory(prefix="dask-", ignore_cleanup_errors=True)
                ready_for_processes()
                with no_interrupt():  # Ctrl-C is this side's to handle
                    address = distributed.LocalCluster(
                        n_workers=self._processes,
                        threads_per_worker=1,
                        dashboard_address=None,
                        memory_limit=0,
                        local_directory=opened.enter_context(folder),
                        silence_logs=logging.CRITICAL,
                    )
                opened.callback(address.close)
            try:
                # It has threads of its own, and Ctrl-C is for this one.
                with no_interrupt():
                    self._client = distributed.Client(
                        address, timeout=CONNECT_SECONDS, set_as_default=False
                    )
                opened.callback(self._client.close, timeout=ANSWER_SECONDS)
                self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
            except (OSError, TimeoutError):
                missing = "no scheduler answers at this address"
                if self._client is not None:
                    missing = f"no worker joined this scheduler within {WORKER_SECONDS:g} seconds"
                self._client = None
                raise _problem(missing, self.address) from None
            self._open = opened.pop_all()
        self.look(now=True)


class _WorkOnCluster(Generic[Chunk, Result]):
    def __init__(self, cluster: Cluster, client: Any, task: Task[Chunk, Result]) -> None:
        self._cluster = cluster
        self._client = client
        self._in_hand: dict[int, tuple[bytes, Any]] = {}
        self._finished: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        # A result that the scheduler can have made again, so that it is never lost with a worker.
        self._package = self._client.submit(bytes, packed(task), pure=False)

    def submit(self, number: int, chunk: Chunk) -> None:
        self._send(number, pickle.dumps(chunk))

    def _send(self, number: int, message: bytes) -> None:
        trusted = self._cluster.trusted()
        future = self._client.submit(
            run_there,
            self._package,
            message,
            pure=False,
            workers=trusted,
            # Or it would wait for ever for workers that are gone; others just refuse again.
            allow_other_workers=trusted is not None,
        )
        self._in_hand[number] = message, future
        future.add_done_callback(lambda done: self._finished.put((number, done)))

    def results(self) -> Iterator[tuple[int, Result]]:
        given = False
        while self._in_hand and not (given and self._finished.empty()):
            try:
                number, future = self._finished.get(timeout=LOOK_SECONDS)
            except Empty:
                self._cluster.look()
                continue
            worked, value = self._answer(future)
            message, _ = self._in_hand.pop(number)
            if isinstance(value, Refusal):
                self._cluster.refuse(*value.args)
                self._send(number, message)
            elif not worked:
                raise value
            else:
                yield number, value
                given = True

    def stop(self, *, at_once: bool) -> list[tuple[int, Result]]:
        came: list[tuple[int, Result]] = []
        with suppress(Empty, ClusterLost, BadInput):
            while True:
                number, future = self._finished.get_nowait()
                worked, value = self._answer(future)
                if worked:
                    came.append((number, value))
        with suppress(*_GONE):
            futures = [self._package, *(future for _, future in self._in_hand.values())]
            self._client.cancel(futures, force=True)
        self._in_hand.clear()
        return came

    def _answer(self, future: Any) -> tuple[bool, Any]:
        """Fetch what a worker answered: whether it worked, and the result or the error.

        Raises
        ------
        BadInput
            If the workers do not know this program.
        ClusterLost
            If the scheduler is gone, or the chunk took several workers with it.
        """
        while future.status not in ("cancelled", "lost"):
            try:
                return read_answer(future.result(timeout=LOOK_SECONDS))
            except TimeoutError:  # its worker is gone meanwhile, and another one does it again
                self._cluster.look()
            except _GONE:
                break
            except _library().KilledWorker as error:
                raise ClusterLost(
                    "Workers ended one after the other while they did the same part of the work, "
                    "killed perhaps for lack of memory."
                ) from error
            except Exception as error:
                raise _problem(
                    f"a worker cannot do this work ({type(error).__name__}: {error})",
                    self._cluster.address,
                    "workers on which the same version of this program is installed",
                ) from error
        raise self._cluster.lost()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from telling in its own words what is said in plain ones here."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


class WorkersBar(Bar):
    """A bar on the terminal that also says how many workers there are."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def advance(self, count: int = 1, total: int | None = None) -> None:
        """Lengthen the bar."""
        self.message(plural(self._cluster.workers, "worker"))
        super().advance(count, total)


def _problem(words: str, address: str, allowed: str = "") -> BadInput:
    allowed = allowed or "local, or the tcp://host:port that `dask scheduler` has printed"
    return BadInput([Problem(words, key="--cluster", given=quoted(address), allowed=allowed)])


def _library() -> ModuleType:
    """Load Dask's library for clusters.

    Raises
    ------
    BadInput
        If it is not installed.
    """
    try:
        import distributed
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("dask", "distributed"):
            raise
        words = "clusters are run by Dask, which is not installed"
        command = 'pip install "council-platform-sim[cluster]"'
        raise BadInput([Problem(words, key="--cluster", allowed=command)]) from None
    library: ModuleType = distributed
    return library


# ---------------------------------------------------------------- there


class Refusal(Exception):  # noqa: N818
    """A worker would do other work than asked for; its address, and why as part of a sentence."""


def identity() -> dict[str, str]:
    """Say what decides figures in this process, by names that readers know."""
    return {
        "version of this program": __version__,
        "model or data of the model": model_hash()[:12],
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{package: version(package) for package in _PACKAGES},
    }


def packed(task: Task[Chunk, Result]) -> bytes:
    """Put a task into bytes, of which other versions can read the part that is not the task."""
    fingerprint = task.fingerprint() if isinstance(task, Fingerprinted) else ""
    return pickle.dumps((identity(), fingerprint, pickle.dumps(task)))


def run_there(package: bytes, message: bytes) -> bytes:
    """Answer a chunk, in a thread of a worker."""
    return answer_to(partial(_begun_once, package), message)


# Threads of a worker share what the task makes: the first of them makes it.
_BEGINNING = threading.Lock()


def _begun_once(package: bytes) -> Callable[[Any], Any]:
    with _BEGINNING:
        return _begun(package)


@lru_cache(maxsize=4)  # several sweeps may have the same workers
def _begun(package: bytes) -> Callable[[Any], Any]:
    """Make what turns chunks into results, where that gives the same ones as elsewhere."""
    theirs, fingerprint, content = pickle.loads(package)
    ours = identity()
    for name, value in theirs.items():
        if ours.get(name) != value:
            raise _refusal(f"it has another {name} ({ours.get(name)}; here {value})")
    try:
        task = pickle.loads(content)
        same = not isinstance(task, Fingerprinted) or task.fingerprint() == fingerprint
    except (AttributeError, ImportError) as error:
        raise _refusal(f"it has another version of this program ({error})") from None
    except OSError as error:
        raise _refusal(f"it cannot read {error.filename}, which the experiment names") from None
    if not same:
        raise _refusal("a file that the experiment names has other contents there")
    call: Callable[[Any], Any] = task()
    return call


def _refusal(why: str) -> Refusal:
    return Refusal(_library().get_worker().address, why)
