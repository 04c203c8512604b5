"""Fitting behaviour to dated cases: Approximate Bayesian Computation on the compiled engine.

`plan` reads what is to be fitted to what, `statistics` measures a simulated case as history was
measured, `cases` simulates all cases for one set of parameters, `smc` draws the posterior, and
`calibrate` runs it all with progress and resume.
"""
