"""Where work is done: here, in threads, in processes, or wherever somebody else's executor does it.

An executor is handed in, and handed what to run: a task, which makes a function of a chunk. It
knows nothing of councils. Whoever has a cluster writes an `Executor` of their own and changes
nothing else: `run_each` and `in_order` take any.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count, islice
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")
ChunkTaken = TypeVar("ChunkTaken", contravariant=True)
ResultGiven = TypeVar("ResultGiven", covariant=True)

# Makes the function that turns a chunk into its result. It is called once wherever chunks are
# run, so that what they share is read or built there once; for processes it must be picklable.
Task: TypeAlias = Callable[[], Callable[[Chunk], Result]]

# Chunks in hand for each worker: none waits while a result is kept, and stopping is quick.
AHEAD = 2
# Windows cannot wait for many more processes at a time.
MOST_PROCESSES = 60 if os.name == "nt" else 4096


class WorkerDied(RuntimeError):  # noqa: N818
    """A worker process ended without a word, for lack of memory perhaps."""


class Work(Protocol[ChunkTaken, ResultGiven]):
    """Workers that have started on a task."""

    def submit(self, number: int, chunk: ChunkTaken) -> None:
        """Take a chunk in hand, under a number that is its own; its turn may come later."""

    def results(self) -> Iterable[tuple[int, ResultGiven]]:
        """Wait until a chunk is finished, if any is in hand, and give all that are.

        Raises
        ------
        Exception
            What a chunk raised, which is then no longer in hand.
        WorkerDied
            If a worker was killed from outside.
        """

    def stop(self, *, at_once: bool) -> Iterable[tuple[int, ResultGiven]]:
        """Drop the chunks that were not begun and let the workers go.

        Parameters
        ----------
        at_once
            Do not wait for chunks that were begun, either: nothing in them is worth keeping.

        Returns
        -------
        iterable
            Chunks that were finished and not yet given out; those that failed are passed over.
        """


class Executor(Protocol):
    """Something that runs chunks of a task; it may be started any number of times."""

    @property
    def workers(self) -> int:
        """Number of chunks that it runs at a time."""

    def start(self, task: Task[Chunk, Result]) -> Work[Chunk, Result]:
        """Begin to work on a task."""


# ---------------------------------------------------------------- for any executor


def run_each(
    executor: Executor,
    task: Task[Chunk, Result],
    chunks: Iterable[Chunk],
    keep: Callable[[Chunk, Result], object],
    *,
    at_once: bool = False,
) -> None:
    """Run chunks and keep results as they come.

    Parameters
    ----------
    executor
        Where they are run.
    task
        What is run: makes the function that turns a chunk into its result.
    chunks
        Taken one after the other, when there is a worker for them.
    keep
        Receives each chunk with its result, in the order in which they are finished. What is
        finished when an error or Ctrl-C comes is still given to it.
    at_once
        Whether an error or Ctrl-C also ends chunks that were begun. Otherwise they are waited for.

    Raises
    ------
    WorkerDied
        If a worker process was killed. What was kept stays kept.
    """
    work = executor.start(task)
    in_hand: dict[int, Chunk] = {}
    try:
        for _, chunk, result in _as_they_come(work, executor, chunks, count(), in_hand):
            keep(chunk, result)
    finally:
        for number, result in work.stop(at_once=at_once):
            keep(in_hand[number], result)


@contextmanager
def in_order(
    executor: Executor, task: Task[Chunk, Result]
) -> Iterator[Callable[[Iterable[Chunk]], list[Result]]]:
    """Keep workers for a task, and run chunks as often as asked, with results in their order.

    When the block ends, for whatever reason, nothing in hand is waited for.
    """
    work = executor.start(task)
    numbers = count()

    def run(chunks: Iterable[Chunk]) -> list[Result]:
        came = _as_they_come(work, executor, chunks, numbers, {})
        found = {number: result for number, _, result in came}
        return [found[number] for number in sorted(found)]

    try:
        yield run
    finally:
        work.stop(at_once=True)


def _as_they_come(
    work: Work[Chunk, Result],
    executor: Executor,
    chunks: Iterable[Chunk],
    numbers: Iterator[int],
    in_hand: dict[int, Chunk],
) -> Iterator[tuple[int, Chunk, Result]]:
    """Hand out chunks, few at a time, and give each with its result when it is finished."""
    waiting = iter(chunks)
    while True:
        # Workers may come and go.
        for chunk in islice(waiting, max(AHEAD * executor.workers - len(in_hand), 0)):
            number = next(numbers)
            in_hand[number] = chunk
            work.submit(number, chunk)
        if not in_hand:
            return
        for number, result in work.results():
            # What comes of chunks handed out before one of them failed is nobody's any more.
            if number in in_hand:
                yield number, in_hand.pop(number), result


# ---------------------------------------------------------------- here


@dataclass(frozen=True)
class Here:
    """Runs one chunk after the other in this thread."""

    @property
    def workers(self) -> int:
        """Always one."""
        return 1

    def start(self, task: Task[Chunk, Result]) -> Work[Chunk, Result]:
        """Begin to work on a task."""
        return _WorkHere(task())


class _WorkHere(Generic[Chunk, Result]):
    def __init__(self, call: Callable[[Chunk], Result]) -> None:
        self._call = call
        self._waiting: deque[tuple[int, Chunk]] = deque()

    def submit(self, number: int, chunk: Chunk) -> None:
        self._waiting.append((number, chunk))

    def results(self) -> Iterator[tuple[int, Result]]:
        if self._waiting:
            number, chunk = self._waiting.popleft()
            yield number, self._call(chunk)

    def stop(self, *, at_once: bool) -> list[tuple[int, Result]]:
        self._waiting.clear()
        return []


def _check(workers: int) -> None:
    if workers < 1:
        raise ValueError(f"at least one worker is needed, not {workers}")


# ---------------------------------------------------------------- threads


@dataclass(frozen=True)
class Threads:
    """Runs chunks in threads of this process, for work that lets them run side by side.

    They share what the task makes.

    Parameters
    ----------
    workers
        Number of threads, at least 1.
    """

    workers: int

    def __post_init__(self) -> None:
        _check(self.workers)

    def start(self, task: Task[Chunk, Result]) -> Work[Chunk, Result]:
        """Begin to work on a task."""
        return _WorkInThreads(task(), self.workers)


class _WorkInThreads(Generic[Chunk, Result]):
    def __init__(self, call: Callable[[Chunk], Result], workers: int) -> None:
        self._call = call
        self._pool = ThreadPoolExecutor(workers)
        self._in_hand: dict[Future[Result], int] = {}

    def submit(self, number: int, chunk: Chunk) -> None:
        # Ctrl-C is for the main thread, which can do something about it.
        with no_interrupt():
            self._in_hand[self._pool.submit(self._call, chunk)] = number

    def results(self) -> Iterator[tuple[int, Result]]:
        for future in wait(self._in_hand, return_when=FIRST_COMPLETED).done:
            yield self._in_hand.pop(future), future.result()

    def stop(self, *, at_once: bool) -> list[tuple[int, Result]]:
        # A thread cannot be killed: at once means that nobody waits for it.
        self._pool.shutdown(wait=not at_once, cancel_futures=True)
        return [
            (number, future.result())
            for future, number in self._in_hand.items()
            if future.done() and not future.cancelled() and future.exception() is None
        ]


# ---------------------------------------------------------------- processes


@dataclass(frozen=True)
class Processes:
    """Runs chunks in processes of their own, for work that holds Python's lock.

    Each makes its own of what the task makes, with its first chunk. They are started anew rather
    than copied, so a script that uses them must keep its own code under
    ``if __name__ == "__main__":``.

    Parameters
    ----------
    workers
        Number of processes, at least 1.
    """

    workers: int

    def __post_init__(self) -> None:
        _check(self.workers)

    def start(self, task: Task[Chunk, Result]) -> Work[Chunk, Result]:
        """Begin to work on a task; processes are started when there are chunks for them."""
        # Read in the child as late as possible, so that what goes wrong there can be told.
        return _WorkInProcesses(pickle.dumps(task), min(self.workers, MOST_PROCESSES))


@dataclass(eq=False)
class _Member:
    """A process, the pipe to it, and the number of the chunk that it has in hand."""

    process: BaseProcess
    pipe: connection.Connection
    number: int | None = None


class _WorkInProcesses(Generic[Chunk, Result]):
    """One chunk in hand for each process, the others wait on this side.

    `ProcessPoolExecutor` would not do. It cannot be stopped at once: the end of a message is
    waited for that a killed process had begun. And of chunks that wait it hands some to processes,
    from where they cannot be taken back.
    """

    def __init__(self, task: bytes, workers: int) -> None:
        self._task = task
        self._workers = workers
        self._members: list[_Member] = []
        self._waiting: deque[tuple[int, Chunk]] = deque()
        self._answered: deque[tuple[int, bool, Any]] = deque()
        ready_for_processes()

    def submit(self, number: int, chunk: Chunk) -> None:
        self._waiting.append((number, chunk))
        self._hand_out()

    def results(self) -> Iterator[tuple[int, Result]]:
        if not self._answered:
            self._receive(None)
        while self._answered:
            number, worked, value = self._answered.popleft()
            if not worked:
                raise value
            yield number, value

    def stop(self, *, at_once: bool) -> list[tuple[int, Result]]:
        self._waiting.clear()
        try:
            while not at_once and any(member.number is not None for member in self._members):
                self._receive(None, passing_over_the_dead=True)
            self._receive(0.0, passing_over_the_dead=True)
        finally:
            # Also when Ctrl-C comes again: nobody has to wait for a third time.
            for member in self._members:
                if at_once or member.number is not None:
                    member.process.kill()
                member.pipe.close()
            for member in self._members:
                member.process.join()
            self._members.clear()
        answered = [(number, value) for number, worked, value in self._answered if worked]
        self._answered.clear()
        return answered

    def _hand_out(self) -> None:
        """Give chunks that wait to processes that have none, starting those still missing."""
        with no_interrupt():  # half a message would never be answered
            while self._waiting:
                member = next((one for one in self._members if one.number is None), None)
                if member is None:
                    if len(self._members) == self._workers:
                        return
                    member = self._new_member()
                number, chunk = self._waiting.popleft()
                message = pickle.dumps(chunk)
                try:
                    member.pipe.send_bytes(message)
                except OSError as error:
                    raise self._dead(member) from error
                member.number = number

    def _new_member(self) -> _Member:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        # A daemon is ended with this process, should `stop` never be reached.
        process = context.Process(target=_serve, args=(self._task, theirs), daemon=True)
        process.start()
        # Held only by the child, so that its death shows as an end of the pipe.
        theirs.close()
        member = _Member(process, ours)
        self._members.append(member)
        return member

    def _receive(self, seconds: float | None, *, passing_over_the_dead: bool = False) -> None:
        """Take in what processes have answered, waiting for the first so long or for ever."""
        busy = {member.pipe: member for member in self._members if member.number is not None}
        if not busy:
            return
        for pipe in connection.wait(list(busy), seconds):
            member = busy[pipe]  # type: ignore[index]
            with no_interrupt():  # half a message would be taken for the next one
                try:
                    answer = member.pipe.recv_bytes()
                except (EOFError, OSError) as error:
                    dead = self._dead(member)
                    if passing_over_the_dead:
                        continue
                    raise dead from error
                number, member.number = member.number, None
                assert number is not None
                self._answered.append((number, *read_answer(answer)))
            self._hand_out()

    def _dead(self, member: _Member) -> WorkerDied:
        self._members.remove(member)
        member.pipe.close()
        member.process.kill()
        member.process.join()
        return WorkerDied(
            "a worker process ended without a word, killed perhaps for lack of memory "
            f"(exit code {member.process.exitcode})"
        )


def read_answer(answer: bytes) -> tuple[bool, Any]:
    """Whether it worked, and the result or the error."""
    try:
        worked, value, told = pickle.loads(answer)
    except Exception as error:
        return False, error
    if not worked:
        value.add_note(told)
    return worked, value


def _serve(task: bytes, pipe: connection.Connection) -> None:
    """Answer chunks with results, in a process, until the pipe ends."""
    # Ctrl-C is the parent's to handle: it stops handing out work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    make = cache(lambda: pickle.loads(task)())
    while True:
        try:
            message = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            pipe.send_bytes(answer_to(make, message))
        except OSError:
            return


def answer_to(make: Callable[[], Callable[[Any], Any]], message: bytes) -> bytes:
    """Turn a chunk into its result or the error, for `read_answer`, all of them in bytes.

    Parameters
    ----------
    make
        Gives the function that does it, the same one each time.
    message
        The chunk.
    """
    try:
        return pickle.dumps((True, make()(pickle.loads(message)), ""))
    except Exception as error:
        return _failure(error)


def _failure(error: Exception) -> bytes:
    """Put an error into bytes, or its text where it cannot be sent."""
    told = f"In a worker process:\n{''.join(traceback.format_exception(error))}"
    try:
        answer = pickle.dumps((False, error, told))
        pickle.loads(answer)
    except Exception:
        answer = pickle.dumps((False, RuntimeError(repr(error)), told))
    return answer


def _end_with_parent() -> None:
    """End this process when its parent is gone, be it by ``kill -9``."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def ready_for_processes() -> None:
    """Start what comes with the first process otherwise, and lets Ctrl-C through to that one."""
    if os.name == "posix":
        resource_tracker.ensure_running()


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back for a moment; processes and threads that are started here never get it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def default_workers() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
