"""How fast the model runs, against a floor in C and against other ways to write such a model.

``python -m tests.benchmarks`` runs all of it. Figures of one machine say little about another;
ratios say more, so contestants take turns in one process and are compared round by round.
"""
