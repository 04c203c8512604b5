"""The command line as its users meet it: real calls, plain messages, files that stay put."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import sim
from sim.cli import app
from sim.files.problems import quoted
from sim.files.shipped import RECIPES
from sim.runs.manifest import experiment_name
from sim.runs.results import load_results
from sim.runs.tables import TABLES
from sim.study import simulate
from tests.shared.experiments import CURVES, SMALL, written
from tests.shared.failing import make_fail
from tests.shared.folders import ROOT
from tests.shared.pages import assert_tables_well_formed
from tests.shared.processes import LONGER, PROCESSES, alive, command, gone, wait_for_parts

QUICKSTART = str(ROOT / "experiments" / "quickstart.toml")
VERBS = sorted(str(verb.name or verb.callback.__name__) for verb in app.app.registered_commands)  # type: ignore[union-attr]
ONE = SMALL[: SMALL.index("[scenarios.no_visits]")]

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in this process: exit code, output, errors."""
    monkeypatch.chdir(ROOT)

    def main(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["run.py", *map(str, words)])
        capsys.readouterr()
        code: object = 0
        try:
            app.main()
        except SystemExit as end:
            code = end.code or 0
        assert isinstance(code, int)
        return code, *capsys.readouterr()

    return main


def called(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Call the command line as a process."""
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


# ---------------------------------------------------------------- help


HELP = """
import contextlib, io, json, runpy, sys, time
found = {}
for words in (["--help"], ["--version"], *([verb, "--help"] for verb in sys.argv[2:])):
    script, out = sys.argv[1], io.StringIO()
    started = time.perf_counter()
    kept, sys.argv = sys.argv, ["run.py", *words]
    with contextlib.redirect_stdout(out):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:
            code = end.code
    sys.argv = kept
    found[words[0]] = [code or 0, " ".join(out.getvalue().split()), time.perf_counter() - started]
heavy = {"numpy", "pandas", "numba", "mesa", "matplotlib", "scipy", "pyarrow", "networkx"}
print(json.dumps({"calls": found, "heavy": sorted(heavy & set(sys.modules))}))
"""


def test_help_is_quick_complete_and_gives_examples() -> None:
    assert {"check", "council", "list", "new", "schema", "simulate"} <= set(VERBS)
    done = subprocess.run(
        [sys.executable, "-c", HELP, str(ROOT / "run.py"), *VERBS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["heavy"] == []
    calls = found["calls"]
    assert calls["--version"][:2] == [0, sim.__version__]
    assert "Start with: python run.py simulate" in calls["--help"][1]
    for verb in VERBS:
        code, text, seconds = calls[verb]
        assert code == 0
        assert f"Example: python run.py {verb}" in text
        assert verb in calls["--help"][1]
        assert seconds < 2.0  # a tenth of that on an idle machine


# ---------------------------------------------------------------- mistakes


MISTAKES: dict[str, tuple[list[str], list[str]]] = {
    "no file": (["check", "nowhere.toml"], ["nowhere.toml", "there is no such file"]),
    "no file to simulate": (["simulate", "nowhere.toml"], ["there is no such file"]),
    "a folder": (["check", "experiments"], ["folder", "quickstart.toml"]),
    "unknown scenario": (
        ["simulate", QUICKSTART, "--scenarios", "gaap,gap"],
        ["no scenario of this name", "meant:    gaap"],
    ),
    "no scenario": (["check", QUICKSTART, "--scenarios", ","], ["no scenario was named"]),
    "malformed --set": (["check", QUICKSTART, "--set", "codesign"], ["key=value"]),
    "--set of no scenario": (
        ["check", QUICKSTART, "--set", "scenarios.gap.push.codesign=1"],
        ["meant:    gaap"],
    ),
    "--set out of range": (
        ["check", QUICKSTART, "--set", "scenarios.gaap.push.codesign=7"],
        ["out of range", "from 0 to 1"],
    ),
    "no seeds": (["simulate", QUICKSTART, "--seeds", "0"], ["1 to 1,000,000"]),
    "too many seeds": (["check", QUICKSTART, "--seeds", "1000001"], ["1 to 1,000,000"]),
    "no workers": (["simulate", QUICKSTART, "--workers", "0"], ["--workers"]),
    "seeds in words": (["simulate", QUICKSTART, "--seeds", "many"], ["--seeds"]),
    "unknown council": (["council", "Fiff"], ["no council of this name", "meant:    Fife"]),
    "unknown setting": (
        ["evidence", "behavior.taste_sd"],
        ["no setting", "meant:    behaviour.taste_sd"],
    ),
    "council without result": (
        ["council", "Fife", "--result", "experiments"],
        ["there are no results here"],
    ),
    "unknown verb": (["simulat", QUICKSTART], ["simulat", "meant:    simulate"]),
    "verb of another name": (["run", QUICKSTART], ["no such verb", "meant:    simulate"]),
    "seeds with a comma": (
        ["simulate", QUICKSTART, "--seeds=1,000"],
        ["--seeds", "given:    1,000", "meant:    1000"],
    ),
    "seeds apart, with a comma": (["simulate", QUICKSTART, "--seeds", "1,000"], ["meant:    1000"]),
    "seeds and their unit": (["check", QUICKSTART, "--seeds", "1k"], ["meant:    1000"]),
    "option of another name": (
        ["simulate", QUICKSTART, "--count", "10"],
        ["--count", "no such option", "meant:    --seeds"],
    ),
    "option of another verb": (
        ["levers", QUICKSTART, "--out", "x"],
        ["levers has no such option", "meant:    --write"],
    ),
    "a dash for two hyphens": (["check", QUICKSTART, "\u2013seeds", "3"], ["meant:    --seeds"]),
    "unknown engine": (["check", QUICKSTART, "--engine", "Mesa"], ["meant:    mesa"]),
    "part of the name of a setting": (["evidence", "autonomy"], ["traits.autonomy_mean"]),
    "part of the names of two councils": (
        ["council", "aberdeen"],
        ["meant:    Aberdeen City or Aberdeenshire"],
    ),
    "out is a file": (
        ["simulate", QUICKSTART, "--seeds", "1", "--out", "pyproject.toml"],
        ["pyproject.toml", "cannot write here"],
    ),
    "folder of the schema": (
        ["schema", "--path", "no/such/folder/x.json"],
        ["cannot write here", "x.json"],
    ),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_said_in_plain_words(what: str, call: Call) -> None:
    words, said = MISTAKES[what]
    code, _, error = call(*words)
    assert code == 2
    for words_said in said:
        assert words_said in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["council", "Edin"], "City of Edinburgh (S12000036)"),
        (["council", "Perth & Kinross Council"], "Perth and Kinross (S12000048)"),
        (["evidence", "abandon depth"], "behaviour.abandon_depth_per_month"),
    ],
)
def test_a_part_of_a_name_is_enough_to_look_something_up(
    words: list[str], first: str, call: Call, tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path)] if words[0] == "council" else []
    code, said, _ = call(*words, *out)
    assert code == 0
    assert said.startswith(first)


def test_a_workbook_is_no_experiment(tmp_path: Path, call: Call) -> None:
    path = tmp_path / "summary.xlsx"
    openpyxl.Workbook().save(path)
    code, _, error = call("simulate", path)
    assert code == 2
    assert "this is an Excel workbook, not an experiment file" in error


def test_a_mistake_leaves_no_traceback_in_a_real_call(tmp_path: Path) -> None:
    done = called("simulate", "nowhere.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no such file" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_for_an_experiment_that_is_wrong(call: Call, tmp_path: Path) -> None:
    path = written(tmp_path, SMALL.replace("draw = 12", "draw = 40"))
    code, _, error = call("simulate", path, "--out", tmp_path / "out")
    assert code == 2
    assert "drawn" in error
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- check, new, list, council


def test_check_prints_the_plan(call: Call, tmp_path: Path) -> None:
    path = written(tmp_path, SMALL + CURVES)
    code, plan, error = call("check", path, "--workers", "1")
    assert (code, error) == (0, "")
    assert f"{path} is valid." in plan
    assert "2018-05 to 2019-04, 12 months" in plan
    assert re.search(r"framework +32 councils +main opens 2018-05", plan)
    assert re.search(r"drawn +12 councils", plan)
    assert "curve effort: push.visits_per_month at 3 values, 2 seeds each" in plan
    # 3 scenarios at 3 seeds, 8 points at 2.
    assert "25 runs to do: 3 scenarios and 8 points of curves, up to 3 seeds each" in plan
    _, fewer, _ = call("check", path, "--seeds", "1", "--scenarios", "drawn", "--workers", "1")
    assert "4 runs to do: 1 scenario and 3 points of curves, up to 1 seed each" in fewer
    assert [file.name for file in tmp_path.iterdir()] == ["small.toml"]


def test_a_new_experiment_can_be_checked_at_once(call: Call, tmp_path: Path) -> None:
    code, said, _ = call("new", "my_question", "--folder", tmp_path)
    path = tmp_path / "my_question.toml"
    assert code == 0
    assert f"python run.py check {path}" in said
    assert 'title = "My question"' in path.read_text(encoding="utf-8")
    code, plan, _ = call("check", path)
    assert code == 0
    assert "is valid" in plan
    before = path.read_bytes()
    for name in ("my_question", "my_question.toml"):
        code, _, error = call("new", name, "--folder", tmp_path)
        assert code == 2
        assert "exists already" in error
    assert path.read_bytes() == before


def test_recipes_are_put_into_a_new_experiment(call: Call, tmp_path: Path) -> None:
    code, _, _ = call("new", "q", "--folder", tmp_path, "--with", "duty, pilot")
    assert code == 0
    text = (tmp_path / "q.toml").read_text(encoding="utf-8")
    assert text.index("# ---- duty: A legal duty") < text.index("# ---- pilot: ")
    code, plan, _ = call("check", tmp_path / "q.toml")
    assert code == 0
    assert re.search(r"duty +32 councils", plan)
    assert "Glasgow City Region: East Dunbartonshire, " in plan
    code, _, error = call("new", "other", "--folder", tmp_path, "--with", "duty,piolt")
    assert code == 2
    assert "there is no recipe of this name" in error
    assert "meant:    pilot" in error
    assert not (tmp_path / "other.toml").exists()
    _, said, _ = call("new", "--help")
    assert all(name in said for name in RECIPES)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/b",
        "a\\b",
        "",
        ".",
        "..",
        ".hidden",
        "-x",
        "Upper",
        "a b",
        "x" * 41,
        "é",
        "a\n",
    ],
)
def test_a_new_experiment_needs_a_plain_name(name: str, call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    code, _, error = call("new", "--folder", folder, "--", name)
    assert code == 2
    assert "cannot be the name" in error
    assert list(tmp_path.rglob("*.toml")) == []


def test_results_are_listed_and_councils_looked_up(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, _ = call("list", "--out", out)
    assert (code, said.strip()) == (0, f"There are no results in {out} yet.")
    code, said, _ = call("council", "Fife", "--out", out)
    assert code == 0
    assert "Fife (S12000047)" in said
    assert f"No result in {out} has this council yet." in said

    first = simulate(written(tmp_path, ONE), seeds=2, workers=1, out=out, present=False)
    # Foreign and broken files beside the results do no harm.
    for name, content in (("a", "{}"), ("b", ""), ("c", "[1]"), ("d", '{"sessions": []}')):
        (out / "foreign" / name).mkdir(parents=True)
        (out / "foreign" / name / "manifest.json").write_text(content, encoding="utf-8")
    code, said, _ = call("list", "--out", out)
    assert code == 0
    (row,) = said.strip().splitlines()[1:]
    assert re.fullmatch(rf"small +2 +2  \d{{4}}-\d\d-\d\d \d\d:\d\d +{first.directory}", row)

    code, said, _ = call("council", "S12000047", "--out", out)
    assert code == 0
    stories = first.joined[first.joined["gss_code"] == "S12000047"]
    joined = int(stories["joined"].notna().sum())
    assert f"framework: joined in {joined} of 2 futures" in said
    assert f"in {first.directory}" in said
    code, other, _ = call("council", "Fife", "--result", first.directory)
    assert code == 0
    assert other.splitlines()[-3:] == said.splitlines()[-3:]
    code, _, error = call("council", "Leeds", "--result", first.directory)
    assert code == 2
    assert "takes no part" in error
    code, said, _ = call("council", "Leeds", "--out", out)
    assert code == 0
    assert "has this council yet" in said


# ---------------------------------------------------------------- simulate


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Path, subprocess.CompletedProcess[str]]:
    """A small experiment run by a real process, from another folder."""
    home = tmp_path_factory.mktemp("made")
    path = written(home, ONE)
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    done = called(
        "simulate", path, "--seeds", "2", "--workers", "1", "--out", home / "out", cwd=elsewhere
    )
    assert list(elsewhere.iterdir()) == []
    return path, home / "out", done


def folders(out: Path) -> list[Path]:
    return sorted(path for path in out.glob("*/*") if path.is_dir())


def times(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_simulate_writes_a_whole_folder_quietly(
    made: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    _, out, done = made
    assert done.returncode == 0
    assert done.stderr == ""  # no progress bar where nobody watches, and no warnings
    assert "2 runs to do: 1 scenario, up to 2 seeds each, on 1 worker" in done.stdout
    assert "Does it work? " in done.stdout
    assert " 50% of councils or more join within a year of opening" in done.stdout
    assert "**" not in done.stdout
    (folder,) = folders(out)
    lines = done.stdout.splitlines()
    at = lines.index(f"Report: {folder / 'report.html'} (opens in a browser, and prints)")
    assert lines[at + 1] == f"As plain text: {folder / 'report.md'}"
    names = {path.name for path in folder.iterdir()}
    files = {"experiment.toml", "manifest.json", "findings", "design.parquet"}
    files |= {"report.html", "report.md", "summary.xlsx", *(f"{table}.parquet" for table in TABLES)}
    assert names >= files | {"figures"}
    assert not any(name.startswith(".") and name != ".lock" for name in names)
    assert "parts" not in names
    report = (folder / "report.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(figures/([^)]+)\)", report))
    pictures = {path.name for path in (folder / "figures").glob("*.png")}
    assert linked == pictures != set()
    assert {path.stem for path in (folder / "figures").glob("*.svg")} == {
        name.removesuffix(".png") for name in pictures
    }
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["runs"] == 2
    assert manifest["hash"].startswith(folder.name)
    # What the report tells the reader to type reproduces it.
    command_line = f"python run.py simulate {(folder / 'experiment.toml').as_posix()}"
    assert command_line in report
    assert load_results(folder).experiment == load_results(folder).experiment


def test_the_same_call_again_rewrites_nothing(
    made: tuple[Path, Path, subprocess.CompletedProcess[str]], call: Call
) -> None:
    path, out, _ = made
    (folder,) = folders(out)
    before = times(folder)
    code, said, error = call("simulate", path, "--seeds", "2", "--workers", "1", "--out", out)
    assert (code, error) == (0, "")
    assert said.strip() == f"Done already: all 2 runs are in {folder}."
    assert times(folder) == before


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.present.figures.catalogue.DRAWINGS", ())


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.slow
def test_fresh_redoes_more_seeds_extend_and_a_change_starts_a_new_folder(
    call: Call, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["simulate", written(tmp_path, ONE), "--workers", "1", "--out", out]
    assert call(*words, "--seeds", "2")[0] == 0
    (folder,) = folders(out)
    first, before = load_results(folder), times(folder)

    code, said, _ = call(*words, "--seeds", "2", "--fresh")
    assert code == 0
    assert "2 runs to do" in said
    assert times(folder).keys() == before.keys()
    assert times(folder)["runs.parquet"] > before["runs.parquet"]
    assert times(folder)["report.md"] > before["report.md"]
    assert_frame_equal(load_results(folder).runs, first.runs, check_exact=True)

    # A report that is missing is written again, without a run.
    for name in ("report.md", "report.html"):
        (folder / name).unlink()
        code, said, _ = call(*words, "--seeds", "2")
        assert code == 0
        assert "runs to do" not in said
        assert (folder / name).is_file()
    listed = (out / "index.html").read_text(encoding="utf-8")
    assert f'href="./small/{folder.name}/report.html"' in listed

    code, said, _ = call(*words, "--seeds", "3")
    assert code == 0
    assert "2 of 3 runs are done already." in said
    assert folders(out) == [folder]
    assert load_results(folder).runs["seed"].tolist() == [1, 2, 3]
    assert "3 seeds a scenario" in (folder / "report.md").read_text(encoding="utf-8")

    title = 'scenarios.framework.title="Polished"'
    assert call(*words, "--seeds", "3", "--set", title)[0] == 0
    assert folders(out) == [folder]
    assert "# A small" in (folder / "report.md").read_text(encoding="utf-8")
    assert "Polished" in (folder / "report.md").read_text(encoding="utf-8")

    code, *_ = call(*words, "--seeds", "2", "--set", "scenarios.framework.push.visits_per_month=0")
    assert code == 0
    (other,) = set(folders(out)) - {folder}
    assert not load_results(other).runs["visits"].any()
    assert load_results(folder).runs["visits"].all()


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.slow
def test_failed_runs_give_exit_code_1_and_the_reason(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["simulate", written(tmp_path, ONE), "--workers", "1", "--out", tmp_path / "out"]
    with monkeypatch.context() as patch:
        make_fail(patch, {2})
        code, _, error = call(*words)
    assert code == 1
    assert "1 run" in error
    assert error.strip().endswith("ZeroDivisionError: made to fail")
    assert "Traceback" not in error
    (folder,) = folders(tmp_path / "out")
    mention = re.compile(r"\*\*1 runs? failed\*\*")
    assert mention.search((folder / "report.md").read_text(encoding="utf-8"))
    code, said, error = call(*words)
    assert (code, error) == (0, "")
    assert "2 of 3 runs are done already." in said
    assert not mention.search((folder / "report.md").read_text(encoding="utf-8"))


# ---------------------------------------------------------------- Ctrl-C


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends signals to a process group")
@pytest.mark.parametrize(
    ("engine", "workers", "moment"),
    [
        ("compiled", 2, "running"),
        ("mesa", 2, "starting"),
        ("mesa", 2, "running"),
        ("compiled", 1, "running"),
    ],
)
def test_ctrl_c_keeps_finished_runs(engine: str, workers: int, moment: str, tmp_path: Path) -> None:
    path, out = written(tmp_path, LONGER, "longer.toml"), tmp_path / "out"
    words = ["simulate", str(path), "--seeds", "500", "--workers", str(workers), "--out", str(out)]
    with command(tmp_path, *words, "--engine", engine) as process:
        if moment == "running":
            wait_for_parts(out, process, 2)
        elif PROCESSES.is_dir():  # the workers are there, but have not begun
            until = time.monotonic() + 60
            while len(alive(process.pid)) < 1 + workers and time.monotonic() < until:
                time.sleep(0.005)
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        said, error = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in error
        assert "KeyboardInterrupt" not in error
        assert "Finished runs are kept" in said
        assert gone(process.pid)
    (folder,) = folders(out)
    assert not (folder / "parts").exists()
    if moment == "running":
        runs = pd.read_parquet(folder / "runs.parquet")
        assert 2 <= len(runs) < 1500
        assert_frame_equal(load_results(folder).runs, runs, check_exact=True)
        # The next call goes on from there.
        wanted = max(runs["seed"])
        said_next: list[str] = []
        results = simulate(
            path, seeds=wanted, workers=1, out=out, present=False, say=said_next.append
        )
        assert len(results.runs) == 3 * wanted
        if len(runs) < 3 * wanted:
            assert f"{len(runs)} of {3 * wanted} runs are done" in said_next[0]


# ---------------------------------------------------------------- names and texts


@pytest.mark.parametrize(
    "name",
    ["..toml", "...toml", "a b;rm -rf $HOME.toml", "=cmd.toml", "-rf.toml", "Ìle.toml", "🏴.toml"],
)
def test_results_never_leave_the_out_folder(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert re.fullmatch(r"[A-Za-z0-9_-]+", experiment_name(Path(name)))
    path = written(tmp_path, ONE, name)
    results = simulate(path, seeds=1, workers=1, out=out, present=False)
    assert results.directory is not None
    assert results.directory.resolve().parent.parent == out.resolve()
    assert {file.name for file in tmp_path.iterdir()} == {name, "out"}


HOSTILE = "<script>alert(1)</script> | `code` ![x](http://x) 🏴 Ìle"
FORMULA = "=cmd|' /C calc'!A0"
GAELIC = "Comhairle nan Eilean Siar – à è ì ò ù"


@pytest.mark.slow
def test_texts_from_a_file_stay_texts(tmp_path: Path) -> None:
    """With warnings as errors: also letters that the font of the pictures lacks."""
    text = ONE.replace('title = "A small experiment"', f"title = {quoted(HOSTILE)}")
    text = text.replace('question = "Does it work?"', f"question = {quoted(FORMULA)}")
    text = text.replace(
        'title = "Common procurement"',
        f"title = {quoted(FORMULA)}\nevidence = [{quoted(HOSTILE)}, {quoted(FORMULA)}]",
    )
    text += f"""
[scenarios.other]
title = {quoted(HOSTILE)}
stands_for = {quoted(GAELIC)}
based_on = "framework"
[scenarios.other.push]
visits_per_month = 0.0
"""
    results = simulate(written(tmp_path, text), seeds=2, workers=1, out=tmp_path / "out")
    folder = results.directory
    assert folder is not None

    report = (folder / "report.md").read_text(encoding="utf-8")
    assert "<script" not in report
    assert "&lt;script" in report
    assert GAELIC in report
    assert "🏴" in report
    assert not re.search(r"(?<!\\)`code(?<!\\)`", report)
    assert "![x](http" not in report
    assert_tables_well_formed(report)

    cells: set[str] = set()
    for name in ("findings/summary.csv", "findings/comparison.csv"):
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            cells |= {cell for row in csv.reader(file) for cell in row}
    for cell in cells:
        number = re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", cell)
        assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    assert {f"'{FORMULA}", HOSTILE} <= cells

    book = openpyxl.load_workbook(folder / "summary.xlsx")
    texts = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.value
                # Contents lead to other sheets, and nothing leads out of the workbook.
                assert cell.hyperlink is None or cell.hyperlink.location
                assert cell.hyperlink is None or cell.hyperlink.target is None
                if isinstance(cell.value, str):
                    assert cell.data_type == "s"
                    texts.add(cell.value)
    book.close()
    assert {HOSTILE, FORMULA, GAELIC} <= texts

    pictures = sorted((folder / "figures").glob("*.svg"))
    assert pictures
    for picture in pictures:
        tree = ElementTree.parse(picture)  # well formed
        assert not [part for part in tree.iter() if part.tag.endswith("script")]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["title"] == HOSTILE
    assert load_results(folder).experiment == results.experiment


def test_control_characters_in_texts_are_refused_or_harmless(tmp_path: Path) -> None:
    from sim.files.problems import BadInput

    text = ONE.replace('title = "Common', 'title = "\\u0007Common')
    try:
        results = simulate(written(tmp_path, text), seeds=1, workers=1, out=tmp_path / "out")
    except BadInput as error:
        assert "title" in str(error)  # noqa: PT017
        assert not (tmp_path / "out").exists(), "refused only after the runs"
    else:
        assert results.directory is not None
        assert (results.directory / "summary.xlsx").is_file()


# ---------------------------------------------------------------- replays


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("replays")
    simulate(written(home, ONE), out=home / "results", workers=1, present=False)
    return home


@pytest.mark.slow
def test_a_replay_is_written_beside_its_results(call: Call, replayed: Path) -> None:
    code, out, errors = call("replay", "small", "--results", replayed / "results")
    assert (code, errors) == (0, "")
    (page,) = replayed.glob("results/small/*/replay.html")
    assert str(page) in out
    assert "A small experiment" in page.read_text(encoding="utf-8")
    picture = replayed / "six.png"
    code, out, _ = call(
        *("replay", page.parent, "--seed", "2", "--out", picture), "--scenarios", "framework"
    )
    assert code == 0
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing_of_that_name"], "no results of this experiment"),
        (["small", "--scenarios", "framewrk"], "framework"),
        (["small", "--seed", "77"], "seed 77"),
        (["small", "--seed", "1", "--low"], "only one future"),
        (["small", "--out", "film.avi"], "this format"),
        (["small", "--format", "gif", "--out", "film.mp4"], "ends otherwise"),
    ],
)
def test_what_cannot_be_replayed(call: Call, replayed: Path, words: list[str], told: str) -> None:
    code, _, errors = call("replay", *words, "--results", replayed / "results")
    assert code == 2
    assert told in errors
    assert "Traceback" not in errors
    assert not (ROOT / "film.avi").exists()
