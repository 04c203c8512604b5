"""The runs of a sweep in blocks, in the order in which they are done.

Replicates are done in passes of 1, 1, 2, 4, ... futures of every point: so a sweep that is stopped
has an even sample of its points, and late passes hand the engine many futures of a point at a time.
Blocks hang on the sweep alone, not on how many workers there are, so that whoever makes one makes
the same.
"""

from __future__ import annotations

from dataclasses import dataclass

# A block is about so much work on one core: little is lost by a kill, and files stay few.
BLOCK_SECONDS = 2.0
# Runs of a block at most, and of all passes of its points: what putting tables together holds.
MOST_RUNS_OF_BLOCK, MOST_ROWS_TOGETHER = 1 << 14, 1 << 20
# Of a short sweep, each worker should still have several.
FEWEST_BLOCKS = 64
# Futures of a point that one pass has at most.
WIDEST_PASS = 64


@dataclass(frozen=True)
class Block:
    """Some replicates of some points.

    Attributes
    ----------
    number
        Its place in the order of work, from 0.
    rows
        Rows of the table of points.
    replicates
        From 0.
    """

    number: int
    rows: range
    replicates: range

    def __len__(self) -> int:
        return len(self.rows) * len(self.replicates)


@dataclass(frozen=True)
class Blocks:
    """All blocks of a sweep.

    Attributes
    ----------
    points, replicates
        Of the sweep.
    width
        Points of a block of the first pass, a power of two; later passes divide it.
    """

    points: int
    replicates: int
    width: int

    def passes(self) -> list[range]:
        """Replicates of each pass."""
        found, start, count = [], 0, 1
        while start < self.replicates:
            stop = min(start + count, self.replicates)
            found.append(range(start, stop))
            count = min(stop, WIDEST_PASS, self.width)
            start = stop
        return found

    def all(self) -> list[Block]:
        """List all blocks in the order in which they are done."""
        found: list[Block] = []
        for replicates in self.passes():
            # As many points as fill a block; a power of two, so that blocks lie within blocks.
            wide = max(1, self.width // (1 << (len(replicates) - 1).bit_length()))
            for start in range(0, self.points, wide):
                rows = range(start, min(start + wide, self.points))
                found.append(Block(len(found), rows, replicates))
        return found

    def columns(self) -> list[list[Block]]:
        """All blocks by the points that they are about, in the order of points."""
        found: list[list[Block]] = [[] for _ in range(0, self.points, self.width)]
        for block in self.all():
            found[block.rows.start // self.width].append(block)
        return found


def blocks_of(points: int, replicates: int, seconds_a_run: float, rows_a_run: int = 1) -> Blocks:
    """Divide the runs of a sweep.

    Parameters
    ----------
    points, replicates
        How many there are.
    seconds_a_run
        About how long a run takes.
    rows_a_run
        Rows of the largest table that a run has.
    """
    most = min(
        BLOCK_SECONDS / seconds_a_run,
        points * replicates / FEWEST_BLOCKS,
        MOST_RUNS_OF_BLOCK,
        MOST_ROWS_TOGETHER / (replicates * rows_a_run),
    )
    width = 1
    while 2 * width <= most:
        width *= 2
    return Blocks(points, replicates, width)
