"""How large an experiment may be: every limit on size, time and memory, with its reason.

What goes beyond one of them is refused before anything is made. Ranges of single settings stand
with the settings.
"""

from __future__ import annotations

# A number nearer to 0 than this is as good as 0 and can make sums and ratios overflow. Nothing in
# the model is known to a millionth.
SMALLEST = 1e-6

# Made-up councils of one scenario.
MOST_SYNTHETIC = 50_000
# Of one network. While a network is made each tie takes some 200 bytes: a gigabyte in all.
MOST_TIES = 5_000_000
# Of all different networks of an experiment together, which are kept while it runs: about 100
# bytes a tie, two gigabytes in all.
MOST_TIES_IN_ALL = 20_000_000
# Who is most like whom, and who meets whom nationally, is found by comparing all pairs.
PAIRS_A_SECOND = 5_000_000
# Pairs beyond which a network is not made just to be described: that would take ten seconds.
MOST_PAIRS_TO_DESCRIBE = 10 * PAIRS_A_SECOND
# A line of an edge list takes some 30 bytes; a name has fewer than 60 letters.
MOST_BYTES_OF_EDGES = 64 * MOST_TIES

# Councils of all points together: a point that is run is kept, with about 700 bytes a council.
MOST_COUNCILS_IN_ALL = 5_000_000
# The engine counts the offers of a council, and the visits of teams, in small numbers.
MOST_OFFERS = 20
MOST_TEAMS = 20
# Scenarios, values of curves, hybrids and ends of settings: each is made and validated by itself.
MOST_POINTS = 20_000
# Each run is named in the plan, 100 bytes or so.
MOST_RUNS = 5_000_000
# Tables of results are held in memory, and twice while they are joined.
MOST_BYTES_OF_TABLES = 8_000_000_000
# Where councils or ties are drawn afresh, each seed is looked at beforehand: 0.2 ms or more.
MOST_FRESH_SEEDS = 50_000

# Points of a sweep stand in one table in memory: some 100 bytes each, and twice while it is made.
MOST_SWEEP_POINTS = 5_000_000
# Runs of a sweep: 60 gigabytes on disk, and two days of one core for 32 councils.
MOST_SWEEP_RUNS = 1_000_000_000
