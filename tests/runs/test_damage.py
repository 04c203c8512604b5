"""Folders of results that other hands have been in: every one is mended or refused, none lies."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from sim.cli.lookup import council_text, past_results
from sim.files.problems import BadInput
from sim.runs.record import FILE as RECORD
from sim.runs.results import Results, load_results
from sim.runs.store import Store
from sim.runs.tables import STORED
from sim.study import simulate
from tests.shared.experiments import CURVES, SMALL, written

OTHER = SMALL.replace("visits_per_month = 0.0", "visits_per_month = 1.0")
TABLES = (*STORED, "design")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Results]:
    """An experiment file, its folder of results as it should be, and the results."""
    home = tmp_path_factory.mktemp("made")
    path = written(home, SMALL + CURVES)
    results = simulate(path, workers=1, out=home / "out", present=False)
    assert results.directory is not None
    return path, results.directory, results


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of another experiment, as like as possible."""
    home = tmp_path_factory.mktemp("other")
    results = simulate(written(home, OTHER + CURVES), workers=1, out=home / "out", present=False)
    assert results.directory is not None
    return results.directory


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.parquet").read_bytes() for name in TABLES}


# ---------------------------------------------------------------- kinds of damage

Damage = Callable[[Path, Path], object]


def removed(name: str) -> Damage:
    return lambda folder, _: (folder / name).unlink()


def cut(name: str, share: float = 0.5) -> Damage:
    def damage(folder: Path, _: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * share)])

    return damage


def with_a_wrong_byte(name: str) -> Damage:
    def damage(folder: Path, _: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 3] ^= 0xFF
        (folder / name).write_bytes(data)

    return damage


def saying(name: str, text: str) -> Damage:
    return lambda folder, _: (folder / name).write_text(text, encoding="utf-8")


def a_folder(name: str) -> Damage:
    def damage(folder: Path, _: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()
        (folder / name / "something").touch()

    return damage


def of_the_other(*names: str) -> Damage:
    def damage(folder: Path, other: Path) -> None:
        for name in names:
            shutil.copyfile(other / name, folder / name)

    return damage


def changed(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Damage:
    """Rewrite a table, as a notebook might."""

    def damage(folder: Path, _: Path) -> None:
        path = folder / name
        pq.write_table(pa.Table.from_pandas(change(pd.read_parquet(path))), path)

    return damage


def in_manifest(**entries: object) -> Damage:
    def damage(folder: Path, _: Path) -> None:
        path = folder / "manifest.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**content, **entries}), encoding="utf-8")

    return damage


# What happened to the folder, and what is to be said about it.
KINDS: dict[str, tuple[Damage, str]] = {
    **{f"no {name}": (removed(f"{name}.parquet"), f"{name}.parquet is lost") for name in TABLES},
    "no record": (removed(RECORD), f"{RECORD} is lost"),
    "no manifest": (removed("manifest.json"), "manifest.json is lost"),
    "no settings": (removed("experiment.toml"), "experiment.toml is lost"),
    "runs cut short": (cut("runs.parquet"), "runs.parquet is not as it was written"),
    "joined cut short": (cut("joined.parquet"), "joined.parquet is not as it was written"),
    "design cut short": (cut("design.parquet"), "design.parquet is damaged"),
    "settings cut short": (cut("experiment.toml"), "experiment.toml is damaged"),
    "empty series": (cut("series.parquet", 0.0), "series.parquet is not as it was written"),
    "a wrong byte": (with_a_wrong_byte("groups.parquet"), "groups.parquet is not as it was"),
    "a wrong byte among runs": (with_a_wrong_byte("runs.parquet"), "runs.parquet is not as it was"),
    "text for a table": (saying("series.parquet", "a,b\n1,2\n"), "series.parquet is not as"),
    "a table is a folder": (a_folder("series.parquet"), "series.parquet is a folder"),
    "runs are a folder": (a_folder("runs.parquet"), "runs.parquet is a folder"),
    "the lock is a folder": (a_folder(".lock"), ".lock is a folder"),
    "the record is a folder": (a_folder(RECORD), f"{RECORD} is a folder"),
    "the manifest is a folder": (a_folder("manifest.json"), "manifest.json is damaged"),
    "the settings are a folder": (a_folder("experiment.toml"), "experiment.toml is damaged"),
    "the design is a folder": (a_folder("design.parquet"), "design.parquet is damaged"),
    "parts are a file": (saying("parts", "hello"), "parts is no folder"),
    "merged tables are a file": (saying("merged", "hello"), ""),
    "a table of another": (of_the_other("series.parquet"), "series.parquet is not as it was"),
    "runs of another": (of_the_other("runs.parquet"), "runs.parquet is not as it was written"),
    "all tables of another": (
        of_the_other(RECORD, *(f"{name}.parquet" for name in TABLES)),
        "is of another experiment",
    ),
    "settings of another": (of_the_other("experiment.toml"), "experiment.toml is of another"),
    "manifest of another": (of_the_other("manifest.json"), ""),
    "another schema": (
        changed("series.parquet", lambda table: table.rename(columns={"month": "moon"})),
        "series.parquet is not as it was written",
    ),
    "fewer rows": (changed("joined.parquet", lambda table: table.head(40)), "joined.parquet is"),
    "other values": (
        changed("runs.parquet", lambda table: table.assign(passed=True)),
        "runs.parquet is not as it was written",
    ),
    "no sessions": (in_manifest(sessions=[]), "manifest.json is damaged"),
    "sessions of a number": (in_manifest(sessions=5), "manifest.json is damaged"),
    "seeds of a number": (in_manifest(seeds=3), "manifest.json is damaged"),
    "runs of a text": (in_manifest(runs="many"), "manifest.json is damaged"),
    "broken manifest": (cut("manifest.json"), "manifest.json is damaged"),
    "deep manifest": (saying("manifest.json", "[" * 100_000), "manifest.json is damaged"),
    "broken record": (cut(RECORD), f"{RECORD} is damaged"),
    "a record of numbers": (saying(RECORD, '{"experiment": 5}'), f"{RECORD} is damaged"),
    "a list for a record": (saying(RECORD, "[]"), f"{RECORD} is damaged"),
}


# One of each way to be found out is tried each time; all others are slow.
USUAL = {
    "no runs",
    "no manifest",
    "design cut short",
    "a wrong byte",
    "a table is a folder",
    "all tables of another",
    "settings of another",
    "other values",
    "no sessions",
    "broken record",
}
EACH = [
    pytest.param(kind, marks=() if kind in USUAL else pytest.mark.slow, id=kind) for kind in KINDS
]


def damaged_copy(kind: str, made: Path, other: Path, out: Path) -> Path:
    folder = out / made.parent.name / made.name
    shutil.copytree(made, folder)
    KINDS[kind][0](folder, other)
    return folder


def assert_as_made(results: Results, whole: Results) -> None:
    for name in TABLES:
        ours: pd.DataFrame = getattr(results, name)
        assert_frame_equal(ours, getattr(whole, name), check_exact=True, obj=name)


def read_or_refusal(folder: Path) -> tuple[Results | None, str]:
    """Give the results to whoever only reads, or what is said to them instead."""
    try:
        return load_results(folder), ""
    except BadInput as error:
        return None, str(error)


@pytest.mark.parametrize("kind", EACH)
def test_a_damaged_folder_is_mended_to_the_byte(
    kind: str, made: tuple[Path, Path, Results], other: Path, tmp_path: Path
) -> None:
    path, undamaged, whole = made
    out = tmp_path / "out"
    folder = damaged_copy(kind, undamaged, other, out)

    read, refusal = read_or_refusal(folder)
    if read is None:
        assert str(folder) in refusal
        assert "--fresh" in refusal
    else:
        assert_as_made(read, whole)
    assert path.stem in past_results(out)
    assert "Fife" in council_text("Fife", None, out)

    said: list[str] = []
    results = simulate(path, workers=1, out=out, present=False, say=said.append)
    assert_as_made(results, whole)
    assert bytes_of(folder) == bytes_of(undamaged)
    assert KINDS[kind][1] in said[0]
    assert "\n" not in said[0]

    # Mended for good, whoever asks.
    said.clear()
    assert_as_made(simulate(path, workers=1, out=out, present=False, say=said.append), whole)
    assert said == [f"Done already: all {len(whole.runs)} runs are in {folder}."]
    assert_as_made(load_results(folder), whole)
    assert "(damaged" not in past_results(out)
    assert "framework: joined in" in council_text("Fife", folder, out)


@pytest.mark.parametrize("kind", EACH)
def test_a_fresh_start_mends_every_damaged_folder(
    kind: str, made: tuple[Path, Path, Results], other: Path, tmp_path: Path
) -> None:
    path, undamaged, whole = made
    folder = damaged_copy(kind, undamaged, other, tmp_path / "out")
    results = simulate(path, workers=1, out=tmp_path / "out", present=False, fresh=True)
    assert_as_made(results, whole)
    assert bytes_of(folder) == bytes_of(undamaged)
    assert_as_made(load_results(folder), whole)


def test_only_what_needs_a_lost_table_is_run_again(
    made: tuple[Path, Path, Results], tmp_path: Path
) -> None:
    path, undamaged, whole = made
    folder = tmp_path / "out" / undamaged.parent.name / undamaged.name
    shutil.copytree(undamaged, folder)
    (folder / "series.parquet").unlink()
    said: list[str] = []
    simulate(path, workers=1, out=tmp_path / "out", present=False, say=said.append)
    # Points of curves have no months.
    assert said[1].startswith(f"16 of {len(whole.runs)} runs are done already.")
    assert said[2].startswith("9 runs to do: 3 scenarios")


def test_runs_of_other_calls_that_need_a_lost_table_are_not_left_without_it(
    made: tuple[Path, Path, Results], tmp_path: Path
) -> None:
    path, undamaged, whole = made
    folder = tmp_path / "out" / undamaged.parent.name / undamaged.name
    shutil.copytree(undamaged, folder)
    (folder / "groups.parquet").unlink()
    few = simulate(
        path, seeds=1, scenarios=["drawn"], workers=1, out=tmp_path / "out", present=False
    )
    assert {*few.groups["point"]} == {"drawn"}
    kept = load_results(folder)
    # Seeds 2 and 3, and the other scenarios, are as if they had never been run.
    assert set(zip(kept.of("scenario")["scenario"], kept.of("scenario")["seed"], strict=True)) == {
        ("drawn", 1)
    }
    assert len(kept.of("curve")) == len(whole.of("curve"))
    simulate(path, workers=1, out=tmp_path / "out", present=False)
    assert bytes_of(folder) == bytes_of(undamaged)


# ---------------------------------------------------------------- parts


def spoil_file(part: Path) -> None:
    path = part / "series.arrow"
    path.write_bytes(path.read_bytes()[:-100])


def spoil_byte(part: Path) -> None:
    data = bytearray((part / "runs.arrow").read_bytes())
    data[len(data) // 2] ^= 1
    (part / "runs.arrow").write_bytes(data)


def lose_file(part: Path) -> None:
    (part / "joined.arrow").unlink()


def lose_record(part: Path) -> None:
    (part / "part.json").unlink()


def be_a_file(part: Path) -> None:
    shutil.rmtree(part)
    part.touch()


def be_foreign(part: Path) -> None:
    text = (part / "part.json").read_text(encoding="utf-8")
    content = {**json.loads(text), "experiment": "0" * 64}
    (part / "part.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    "spoil", [spoil_file, spoil_byte, lose_file, lose_record, be_a_file, be_foreign]
)
def test_runs_of_a_broken_part_are_made_again(
    spoil: Callable[[Path], None],
    made: tuple[Path, Path, Results],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, undamaged, whole = made
    out = tmp_path / "out"
    folder = out / undamaged.parent.name / undamaged.name
    monkeypatch.setattr("sim.experiment.plan.CHUNK_SEEDS", 1)
    monkeypatch.setattr("sim.experiment.plan.CHUNK_SECONDS", 0.0)

    def die(store: Store) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "merge", die)
        with pytest.raises(KeyboardInterrupt):
            simulate(path, workers=1, out=out, present=False)
    parts = sorted((folder / "parts").iterdir())
    assert len(parts) == len(whole.runs)
    # One of a scenario, which has more than runs.
    of_scenario = next(part for part in parts if (part / "series.arrow").is_file())
    spoil(of_scenario)
    said: list[str] = []
    results = simulate(path, workers=1, out=out, present=False, say=said.append)
    assert f"parts/{of_scenario.name} is damaged" in said[0]
    assert said[1].startswith(f"{len(parts) - 1} of {len(parts)} runs are done already.")
    assert_as_made(results, whole)
    assert bytes_of(folder) == bytes_of(undamaged)


# ---------------------------------------------------------------- reading


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("written to")


@pytest.mark.slow
def test_what_is_done_is_read_without_lock_and_without_writing(
    made: tuple[Path, Path, Results], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.present.figures.catalogue.DRAWINGS", ())
    path, _, whole = made
    out = tmp_path / "out"
    folder = simulate(path, workers=1, out=out).directory
    assert folder is not None
    (folder / ".lock").unlink()
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    # Somebody who runs all tests as root may write anywhere.
    for file in [*folder.rglob("*"), folder]:
        file.chmod(0o555 if file.is_dir() else 0o444)
    monkeypatch.setattr(Store, "locked", refuse)
    monkeypatch.setattr("sim.files.writing.write_atomically", refuse)
    monkeypatch.setattr("sim.runs.tables.write_atomically", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    try:
        said: list[str] = []
        assert_as_made(simulate(path, workers=1, out=out, say=said.append), whole)
        assert said == [f"Done already: all {len(whole.runs)} runs are in {folder}."]
        # Fewer of them, for whoever wants no report.
        few = simulate(path, seeds=2, workers=1, out=out, present=False)
        assert_frame_equal(few.runs, load_results(folder, range(1, 3)).runs)
        assert_as_made(load_results(folder), whole)
    finally:
        for file in [folder, *folder.rglob("*")]:
            file.chmod(0o755 if file.is_dir() else 0o644)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_results_that_cannot_be_written_are_refused_in_plain_words(
    made: tuple[Path, Path, Results], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, undamaged, _ = made
    shutil.copytree(undamaged, tmp_path / "out" / undamaged.parent.name / undamaged.name)

    def forbid(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", forbid)
    with pytest.raises(BadInput, match="cannot write here: permission denied"):
        simulate(path, seeds=5, workers=1, out=tmp_path / "out", present=False)


def test_a_list_and_a_council_name_the_folder_that_is_damaged(
    made: tuple[Path, Path, Results], tmp_path: Path
) -> None:
    _, undamaged, _ = made
    out = tmp_path / "out"
    good, bad = out / "good" / undamaged.name, out / "bad" / undamaged.name
    shutil.copytree(undamaged, good)
    shutil.copytree(undamaged, bad)
    in_manifest(sessions=[{"ended": "2100-01-01T00:00:00"}])(bad, bad)
    cut("joined.parquet")(bad, bad)
    rows = past_results(out).splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["good", "bad"]
    assert "damaged" not in rows[0]
    assert rows[1].endswith("(damaged: joined.parquet is not as it was written)")
    text = council_text("Fife", None, out)
    assert f"in {bad}, joined.parquet is not as it was written" in text
    assert f"  in {good}" in text
    with pytest.raises(BadInput, match="damaged"):
        council_text("Fife", bad, out)


def test_a_design_without_some_points_is_made_anew(
    made: tuple[Path, Path, Results], tmp_path: Path
) -> None:
    path, undamaged, whole = made
    folder = tmp_path / "out" / undamaged.parent.name / undamaged.name
    shutil.copytree(undamaged, folder)
    changed("design.parquet", lambda table: table.head(3))(folder, folder)
    assert_as_made(load_results(folder), whole)
    assert_as_made(simulate(path, workers=1, out=tmp_path / "out", present=False), whole)
    assert bytes_of(folder) == bytes_of(undamaged)


def test_a_table_of_earlier_runs_is_not_taken_for_one_of_all(
    made: tuple[Path, Path, Results], tmp_path: Path
) -> None:
    path, _, whole = made
    out = tmp_path / "out"
    folder = simulate(path, seeds=2, workers=1, out=out, present=False).directory
    assert folder is not None
    old = (folder / "series.parquet").read_bytes()
    simulate(path, workers=1, out=out, present=False)
    (folder / "series.parquet").write_bytes(old)
    with pytest.raises(BadInput, match="not as it was written"):
        load_results(folder)
    assert_as_made(simulate(path, workers=1, out=out, present=False), whole)
