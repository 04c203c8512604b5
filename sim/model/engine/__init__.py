"""The compiled ensemble: the month of :mod:`sim.model.mesa_model` over many seeds, with equal bits.

The same scalar functions of :mod:`sim.model.rules` and the same draws of :mod:`sim.model.draws`
are compiled with Numba; nothing here says how a council behaves. What the Mesa model keeps in
attributes stands here in arrays of the same names, over offers (o) and councils (i), and the nine
steps of the month stand in the same order, so that the two can be read side by side. What the Mesa
model does by calling all agents, this does by a loop in council order, and it leaves out what would
change nothing.

The month as a whole stands in :mod:`~sim.model.engine.month`; its steps, in the order in which they
run, in :mod:`~sim.model.engine.incidents` (1), :mod:`~sim.model.engine.visits` (2, with
:mod:`~sim.model.engine.visit_queue`), :mod:`~sim.model.engine.decisions` (3 and 4),
:mod:`~sim.model.engine.membership` (5 to 8), :mod:`~sim.model.engine.accounts` (9) and
:mod:`~sim.model.engine.news`, which publishes what changed. :mod:`~sim.model.engine.start` begins a
run, :mod:`~sim.model.engine.ensemble` runs many.

In all of them `case` is a :class:`~sim.model.layout.Case`, `s` a :class:`~sim.model.layout.State`,
`p` its programme, `o`, `i`, `k`, `z` and `y` count offers, councils, teams (or entries of a list),
nations and fiscal years. Compiled functions have no annotations: Numba finds their types.

The compiled code releases Python's global lock and writes to nothing that is shared, so that
seeds can run in threads.
"""

from sim.model.engine.ensemble import compile_now, run_compiled

__all__ = ["compile_now", "run_compiled"]
