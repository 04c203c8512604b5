"""Futures that results of the same sweep with other replicates have: taken over, not run again.

Results with 40 replicates lie in another folder than those with 20, so that nothing is ever mixed;
but every future with one of the first 20 seeds is the same to the bit. Blocks whose futures are all
there are copied, of others only those futures are run that are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.parquet as pq

from sim.experiment.sweeps import Design
from sim.runs.blocks import Block
from sim.runs.fingerprint import NO_OWN, sweep_hash
from sim.runs.manifest import FILE, read_manifest
from sim.runs.sweep_store import SweepStore
from sim.runs.tables import Tables


@dataclass(frozen=True)
class Earlier:
    """Finished results of the same sweep with fewer or more replicates.

    Attributes
    ----------
    store
        Where they are.
    replicates
        How many they have.
    first_seed
        Seed of the first.
    """

    store: SweepStore
    replicates: int
    first_seed: int
    _whole: dict[int, Block] = field(default_factory=dict)

    def take(
        self, missing: Sequence[Block], store: SweepStore, say: Callable[[str], object]
    ) -> list[Block]:
        """Keep blocks that are there whole, and say which futures are left to be run."""
        left = []
        for block in missing:
            stop = min(block.replicates.stop, self.replicates)
            rest = range(max(block.replicates.start, stop), block.replicates.stop)
            self._whole[block.number] = block
            if rest:
                left.append(replace(block, replicates=rest))
            else:
                store.add(block, self._rows(block, stop))
        taken = sum(map(len, missing)) - sum(map(len, left))
        if taken:
            say(f"{taken:,} futures are taken over from {self.store.directory}.")
        return left

    def completed(self, block: Block, tables: Tables) -> Tables:
        """Add to the futures of a block that were run those that were there."""
        whole = self._whole[block.number]
        if len(whole) == len(block):
            return tables
        there = self._rows(whole, block.replicates.start)
        return {
            name: pa.concat_tables([there[name], rows], promote_options="permissive")
            for name, rows in tables.items()
        }

    def _rows(self, block: Block, stop: int) -> Tables:
        """Read the futures of a block before one of its replicates."""
        within = [
            ("point", ">", block.rows.start),
            ("point", "<=", block.rows.stop),
            ("seed", ">=", self.first_seed + block.replicates.start),
            ("seed", "<", self.first_seed + stop),
        ]
        return {
            name: pq.read_table(self.store.path(name), filters=within) for name in self.store.names
        }


def earlier_results(
    design: Design, store: SweepStore, own: Mapping[str, str] = NO_OWN
) -> Earlier | None:
    """Find finished results that have the most futures in common with those asked for.

    Parameters
    ----------
    design
        What is asked for.
    store
        Where its results go; others of the same sweep lie beside it.
    own
        Fingerprint of each outcome of one's own, by name.
    """
    asked = design.sweep.replicates
    found = []
    for path in store.directory.parent.glob(f"*/{FILE}"):
        count = read_manifest(path.parent).get("seeds", {}).get("count", asked)
        if count == asked:
            continue
        with_count = replace(design, sweep=design.sweep.model_copy(update={"replicates": count}))
        other = SweepStore(path.parent, sweep_hash(with_count, own), store.names)
        if other.is_done():
            found.append(Earlier(other, count, design.experiment.seeds.first))
    return max(found, key=lambda one: min(one.replicates, asked), default=None)
