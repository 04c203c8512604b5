"""Small hostile files: each is refused in plain words and in no time, or is a valid experiment.

What each should be told stands in other tests; here nothing may fail otherwise, whatever is typed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.experiment.load import load_experiment
from sim.files.problems import BadInput
from sim.files.shipped import RECIPES

GOOD = """\
title = "T"
question = "Q?"
[horizon]
starts = "2018-05"
ends = "2018-12"
[seeds]
count = 2
[outcomes]
months_since_opening = [3]
headline_months = 3
[sensitivity]
seeds = 0
[councils]
nations = ["Scotland"]
[scenarios.a]
title = "A"
[scenarios.a.offers.main]
opens = "2018-05"
[scenarios.a.push]
visits_per_month = 4.0
"""
# The same without headers, so that any line can be replaced.
DOTTED = (
    'title = "T"',
    'question = "Q?"',
    'horizon.starts = "2018-05"',
    'horizon.ends = "2018-12"',
    "seeds.count = 2",
    "outcomes.months_since_opening = [3]",
    "outcomes.headline_months = 3",
    "sensitivity.seeds = 0",
    'councils.nations = ["Scotland"]',
    'scenarios.a.title = "A"',
    'scenarios.a.offers.main.opens = "2018-05"',
    "scenarios.a.push.visits_per_month = 4.0",
)
# Whatever may stand after an equals sign.
VALUES = [
    *('""', "''", "0", "-0.0", "1e400", "-1e400", "nan", "inf", "1_000", "0x10", "0b1", "1e-400"),
    *("true", "[]", "{}", "[[]]", "[{}]", '["a", 1]', "2018-05-01", "2018-05-01T00:00:00Z"),
    *(
        "07:32:00",
        '"2018-13"',
        '"2018-00"',
        '"0000-01"',
        '"9999-12"',
        "9" * 400,
        "9" * 5000,
        "1." + "0" * 400,
    ),
    *('"' + "x" * 70_000 + '"', "[" * 60 + "]" * 60, "{a=" * 60 + "1" + "}" * 60, '"\\u0000"'),
    *('"\\uFFFF"', '"\\U0001F600"', '"\\uD800"', '"\\x41"', '"a\nb"', '"""a\nb"""', "'''", '"'),
    *("[1, 2", "{a = 1", "1 2", "= 1", "0.1.2", "+-1", "--1", "1e", ".", "None", "null", "NULL"),
    *("\t", "\\", "$HOME", "`ls`", "<!-- -->", "{{ 7*7 }}", "%s%n", "../../etc/passwd", "\u202e1"),
]
KEYS = [
    *("horizon.starts", "seeds.count", "outcomes.months_since_opening", "outcomes.pass_share"),
    *("councils.nations", "councils.codes", "scenarios.a.title", "scenarios.a.offers.main.owner"),
    *("scenarios.a.offers.main.depth", "scenarios.a.offers.main.scope"),
    *("scenarios.a.push.mandate", "scenarios.a.push.visits_per_month", "scenarios.a.events"),
    *("scenarios.a.network.edge_list", "scenarios.a.programme", "base", "curves", "explain"),
]
# Lines put in place of one of the good file, or after it.
LINES = {
    "empty": "",
    "a header twice": GOOD + "[horizon]\n",
    "a key twice": GOOD.replace('title = "T"', 'title = "T"\ntitle = "U"', 1),
    "a table that is a value": GOOD + "[title]\na = 1\n",
    "a value that is a table": GOOD.replace("[horizon]", "horizon = 1\n[horizon]"),
    "a list of tables for a table": GOOD.replace("[horizon]", "[[horizon]]"),
    "a table for a list of tables": GOOD + '[scenarios.a.events]\ndate = "2018-06"\n',
    "an unclosed header": GOOD + "[scenarios.b\n",
    "an empty header": GOOD + "[]\n",
    "an empty part of a header": GOOD + "[scenarios..b]\n",
    "a quoted header": GOOD + '[scenarios."a b"]\noffers = {}\n',
    "a header of a path": GOOD + '[scenarios."../../x"]\noffers = {}\n',
    "a header of Windows": GOOD + "[scenarios.con]\noffers = {}\n",
    "a header of emoji": GOOD + "[scenarios.🚀]\noffers = {}\n",
    "an empty name": GOOD + '[scenarios.""]\noffers = {}\n',
    "no scenarios": GOOD.partition("[scenarios.a]")[0],
    "scenarios that are a list": GOOD.partition("[scenarios.a]")[0] + "[[scenarios]]\na = 1\n",
    "a scenario based on itself": GOOD + '[scenarios.b]\nbased_on = "b"\n',
    "a circle": GOOD + '[scenarios.b]\nbased_on = "c"\n[scenarios.c]\nbased_on = "b"\n',
    "based on nothing": GOOD + '[scenarios.b]\nbased_on = "zz"\n',
    "a thousand scenarios": GOOD
    + "".join(f'[scenarios.n{n}]\nbased_on = "a"\n' for n in range(1000)),
    "a long chain": GOOD
    + '[scenarios.n0]\nbased_on = "a"\n'
    + "".join(f'[scenarios.n{n}]\nbased_on = "n{n - 1}"\n' for n in range(1, 400)),
    "ten thousand unknown keys": GOOD + "".join(f"k{n} = 1\n" for n in range(10_000)),
    "carriage returns": GOOD.replace("\n", "\r"),
    "Windows line ends": GOOD.replace("\n", "\r\n"),
    "a mark at the start": "\ufeff" + GOOD,
    "a null": GOOD + "\x00",
    "form feeds": GOOD.replace("\n", "\x0c\n"),
    "line separators": GOOD.replace("\n", "\u2028"),
    "curly quotes": GOOD.replace('"', "\u201d"),
    "non-breaking spaces": GOOD.replace(" = ", "\u00a0=\u00a0"),
    "wide equals signs": GOOD.replace("=", "＝"),
    "tabs": GOOD.replace(" = ", "\t=\t"),
    "YAML": "title: T\nquestion: Q?\nscenarios:\n  a:\n    title: A\n",
    "JSON": '{"title": "T", "scenarios": {"a": {}}}',
    "INI": "[horizon]\nstarts=2018-05\n; a note\n",
    "a diff": "".join(f"+{line}\n" for line in GOOD.splitlines()),
    "a merge": GOOD.replace("[seeds]", "<<<<<<< HEAD\n[seeds]\n=======\n>>>>>>> main\n"),
    "Markdown": f"```toml\n{GOOD}```\n",
    "HTML": f"<pre>{GOOD}</pre>",
    "CSV": "listener,source,weight\nFife,Moray,1\n",
    "only a note": "# nothing\n",
    "a very long line": GOOD + "# " + "x" * 1_000_000 + "\n",
    "a very long key": GOOD + "k" * 100_000 + " = 1\n",
    "a deep key": GOOD + ".".join("a" * 1 for _ in range(3_000)) + " = 1\n",
    "a million brackets": GOOD + "x = " + "[" * 100_000 + "\n",
    "an event outside": GOOD + '[[scenarios.a.events]]\ndate = "2030-01"\n',
    "an event that changes nothing known": GOOD
    + '[[scenarios.a.events]]\ndate = "2018-06"\nchange = { offers = { other = { depth = 1 } } }\n',
    "a curve of nothing": GOOD
    + '[curves.c]\nsetting = "push.none"\nvalues = [1, 2]\nscenarios = ["a"]\n',
    "a curve of NaN": GOOD
    + '[curves.c]\nsetting = "push.codesign"\nvalues = [nan, 1.0]\nscenarios = ["a"]\n',
    "an explanation of one": GOOD
    + '[explain.e]\nfrom = "a"\nto = "a"\noutcome = "passed"\n[explain.e.groups]\nX = ["push"]\n',
}
BYTES = {
    "a workbook": b"PK\x03\x04" + bytes(100),
    "an old workbook": b"\xd0\xcf\x11\xe0" + bytes(100),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "UTF-16": GOOD.encode("utf-16"),
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "UTF-32": GOOD.encode("utf-32"),
    "an old code page": GOOD.replace("Q?", "Où?").encode("cp1252"),
    "half a character": GOOD.encode() + b'x = "\xe2\x82"\n',
    "overlong": GOOD.encode() + b'x = "\xc0\xaf"\n',
    "a surrogate": GOOD.encode() + b'x = "\xed\xa0\x80"\n',
    "zeros": bytes(10_000),
    "all bytes": bytes(range(256)) * 4,
}
EDGE_LISTS = {
    "empty": b"",
    "a header alone": b"listener,source,weight\n",
    "a mark alone": b"\xef\xbb\xbf",
    "a note for Excel alone": b"sep=,\n",
    "ten columns": b"listener,source,weight" + b",x" * 7 + b"\nFife,Moray,1" + b",1" * 7 + b"\n",
    "a column twice": b"listener,source,source\nFife,Moray,Angus\n",
    "quotes within": b'listener,source,weight\nFife,"Mo"ray",1\n',
    "an open quote": b'listener,source,weight\n"Fife,Moray,1\n',
    "pipes": b"listener|source|weight\nFife|Moray|1\n",
    "spaces": b"listener source weight\nFife Moray 1\n",
    "a formula": b"listener,source,weight\n=A1,Moray,1\n",
    "markup": b"listener,source,weight\n<b>Fife</b>,Moray,1\n",
    "nulls": b"listener,source,weight\nFi\x00fe,Moray,1\n",
    "Wales": b"listener,source,weight\nCardiff,Moray,1\n",
    "percent": b"listener,source,weight\nFife,Moray,50%\n",
    "thousands": b'listener,source,weight\nFife,Moray,"1,000"\n',
    "a power": b"listener,source,weight\nFife,Moray,1e999\n",
    "Arabic digits": "listener,source,weight\nFife,Moray,\u0661\n".encode(),
    "a marked name": "listener,source,weight\nFi\u202efe,Moray,1\n".encode(),
    "half a character": b"listener,source,weight\nFife,Moray\xe2\x82,1\n",
    "a folder of columns": b",,\n,,\n",
    "a line of commas": b"listener,source,weight\n" + b"," * 100_000 + b"\n",
    "ten thousand wrong names": b"listener,source,weight\n"
    + b"".join(b"Nowhere %d,Moray,1\n" % n for n in range(10_000)),
    "JSON": b'{"listener": "Fife"}',
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "UTF-16 cut short": "listener,source,weight\nFife".encode("utf-16")[:-1],
}


def files() -> Iterator[tuple[str, bytes]]:
    """All files by what is odd about them, without those that come with an edge list."""
    for key in KEYS:
        others = "".join(
            f"{line}\n" for line in DOTTED if not line.startswith((f"{key} ", f"{key}."))
        )
        for value in VALUES:
            text = f"{others}{key} = {value}\n"
            yield f"{key} = {value[:30]!r}, {len(value)}", text.encode("utf-8", "replace")
    for what, text in LINES.items():
        yield what, text.encode()
    yield from BYTES.items()


FILES = dict(files())


def judged(path: Path) -> BadInput | None:
    """Load a file; whatever is not refused in plain words fails here."""
    started = time.process_time()
    try:
        load_experiment(path)
    except BadInput as error:
        refused: BadInput | None = error
    else:
        refused = None
    assert time.process_time() - started < 10
    if refused is not None:
        told = str(refused)
        assert refused.problems
        assert "Traceback" not in told
        assert len(told) < 40_000
        assert all(line.isprintable() for line in told.splitlines())
    return refused


def test_there_are_many() -> None:
    assert len(FILES) > 1000
    assert len(EDGE_LISTS) > 20


@pytest.mark.parametrize("what", [*LINES, *BYTES])
def test_a_hostile_file_is_refused_or_valid(what: str, tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_bytes(FILES[what])
    valid = ("Windows line ends", "a mark at the start", "tabs", "a very long line")
    may_be = ("a thousand scenarios", "a long chain", "a quoted header")
    refused = judged(path)
    if what not in may_be:
        assert (refused is None) == (what in valid)


@pytest.mark.parametrize("key", KEYS)
def test_a_hostile_value_is_refused_or_valid(key: str, tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    for what, data in FILES.items():
        if what.startswith(f"{key} = "):
            path.write_bytes(data)
            judged(path)


@pytest.mark.parametrize("what", EDGE_LISTS)
def test_a_hostile_edge_list_is_refused(what: str, tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_bytes(EDGE_LISTS[what])
    path = tmp_path / "case.toml"
    path.write_text(
        GOOD + '[scenarios.a.network]\nkind = "edge_list"\nedge_list = "ties.csv"\n',
        encoding="utf-8",
    )
    refused = judged(path)
    assert refused is not None
    assert any("ties.csv" in str(problem.file) or problem.line for problem in refused.problems)


@pytest.mark.parametrize("name", ["", " ", ",", "duty,", "../duty", "DUTY", "duty duty", "x" * 999])
def test_a_hostile_name_of_a_recipe_is_refused(name: str) -> None:
    from sim.experiment.recipes import chosen_recipes

    if name in RECIPES:
        return
    with pytest.raises(BadInput, match="there is no recipe of this name"):
        chosen_recipes([name])
