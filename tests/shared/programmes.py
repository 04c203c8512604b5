"""A head for experiment files, and a library of programmes that does not change."""

import tomllib

from sim.files.layers import LIBRARY_RANK, Source

HEAD = """\
title = "T"
question = "Q?"
[horizon]
starts = "2015-01"
ends = "2020-12"
"""
PROGRAMMES = """\
[gaap]
title = "Platform"
evidence = ["from the library"]
[gaap.offers.notify]
opens = "2017-08"
depth = 0.1
[gaap.push]
visits_per_month = 9
[bare.offers.other]
opens = "2017-01"
"""


def library(text: str = PROGRAMMES) -> Source:
    return Source("programmes.toml", tomllib.loads(text), text, rank=LIBRARY_RANK)
