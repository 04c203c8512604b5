"""Small answers of the command line: past results, and one council."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.files.shipped import program
from sim.runs import past
from sim.runs.manifest import FILE as MANIFEST
from sim.runs.past import STORIES, SWEEPS
from sim.runs.record import FILE as RECORD
from sim.runs.record import condition, place_of, told

# Of whose runs a row is: a point, which for a scenario has its name; or, in results of earlier
# versions, the scenario.
KEY, OLD_KEY = "point", "scenario"
MOST_ALIKE, MOST_NAMED = 3, 12


def past_results(out: Path) -> str:
    """List the results kept in a folder: experiments, and sweeps."""
    rows = [*_experiments(out), *_sweeps(out)]
    return "\n".join(rows) if rows else f"There are no results in {out} yet."


def _sweeps(out: Path) -> list[str]:
    rows: list[str] = []
    if not any(out.glob(f"*/{SWEEPS}/*/*")):
        return rows
    # How far they have come stands in files that take Arrow to read.
    from sim.runs.past_sweeps import past_sweeps

    for one in past_sweeps(out):
        ended = one.ended.replace("T", " ")[:16]
        rows += [
            f"{one.experiment}: sweep {one.name}, {one.size}, {one.state}, {ended}  {one.path}",
            f"    {one.title}",
            *([f"    {one.answer}"] if one.answer else []),
        ]
    return ["", "Sweeps", *rows] if rows else []


def _experiments(out: Path) -> list[str]:
    folders = past.past_results(out)
    if not folders:
        return []
    rows = [f"{'experiment':<24} {'runs':>7} {'seeds':>6}  {'last run':<20} folder"]
    for one in folders:
        counts, remarks = ("?", "?"), []
        if one.manifest:
            counts = f"{one.manifest['runs']:,}", f"{one.manifest['seeds']['count']:,}"
            failed = one.manifest["failed_runs"]
            remarks = [f"{failed} failed"] if failed else []
        if one.wrong:
            remarks.append(f"damaged: {one.wrong}")
        ended = one.ended.replace("T", " ")[:16]
        rows.append(
            f"{one.path.parent.name:<24} {counts[0]:>7} {counts[1]:>6}  {ended:<20} {one.path}"
            + "".join(f"  ({remark})" for remark in remarks)
        )
    return rows


def newest_results(named: str, out: Path = Path("results")) -> Path:
    """Find a folder of results.

    Parameters
    ----------
    named
        The folder, one that holds those of an experiment, or the name of an experiment.
    out
        Where results of experiments lie.

    Raises
    ------
    BadInput
        If there are none, or the newest are damaged.
    """
    path = Path(named)
    if path.is_file():
        problem = "this is a file; name a folder of results, or an experiment"
        raise BadInput([Problem(problem, file=named)])
    if any(place_of(path, name).exists() for name in (MANIFEST, RECORD, STORIES)):
        return path
    every = past.past_results(path.parent if path.is_dir() else out)
    found = [one for one in every if one.path.parent.name == (path.name or named)]
    if not found and path.is_dir():
        raise BadInput([Problem("there are no finished results here", file=named)])
    if not found:
        known = sorted({one.path.parent.name for one in every})
        stem = path.name.removesuffix(".toml")
        meant = stem if stem in known else closest(stem, known)
        allowed = any_of(known) if known else ""
        problem = f"there are no results of this name in {out}" + (
            "" if known else f"; run it first: {program()} simulate {stem}"
        )
        raise BadInput([Problem(problem, given=quoted(named), allowed=allowed, meant=meant)])
    newest = found[-1]
    if newest.wrong:
        problem = f"these results are damaged: {newest.wrong}; run the experiment again"
        raise BadInput([Problem(problem, file=str(newest.path))])
    return newest.path


def find_council(name: str) -> str:
    """Return the code of a council that is called by its name, its code, or a part of its name.

    Raises
    ------
    BadInput
        If there is none, or several.
    """
    from sim.model.councils import UnknownCouncil, load_councils

    councils = load_councils()
    try:
        return str(councils.gss_code[councils.index_of(name)])
    except UnknownCouncil as error:
        part = name.strip().casefold()
        having = [at for at, known in enumerate(councils.name) if part in known.casefold()]
        if len(having) > MOST_ALIKE and len(part) > 1:
            names = any_of([councils.name[at] for at in having], most=MOST_NAMED)
            problem = f"{len(having)} councils have this in their names"
            raise BadInput([Problem(problem, given=quoted(name), allowed=names)]) from None
        if len(part) < 3 or len(having) != 1:
            raise BadInput(
                [
                    Problem(
                        f"there is no council of this name or code{error.why and ': '}{error.why}",
                        given=quoted(name),
                        meant=" or ".join(error.suggestions),
                    )
                ]
            ) from None
        # A part of a name is enough here: the name in full stands first in the answer.
        return str(councils.gss_code[having[0]])


def council_text(name: str, result: Path | None, out: Path) -> str:
    """Describe one council, and its record in a result.

    Raises
    ------
    BadInput
        If there is no such council, or the result does not exist or lacks it.
    """
    from sim.model.areas import area_called
    from sim.model.councils import budget_pressure, it_spend_gbp_m, load_councils

    if area := area_called(name):
        return _area_text(area)
    councils = load_councils()
    index = councils.index_of(find_council(name))
    code = councils.gss_code[index]
    pressure = budget_pressure(councils)
    spend = it_spend_gbp_m(councils)
    nation = [
        position
        for position, where in enumerate(councils.nation)
        if where == councils.nation[index]
    ]
    rank = sum(pressure[position] > pressure[index] for position in nation) + 1
    rows = [
        f"{councils.name[index]} ({code}), {councils.council_type[index].replace('_', ' ')}, "
        f"{councils.region[index]}",
        "",
        f"  people                {councils.population[index]:>12,.0f}  (mid-2018)",
        f"  IT spend              {spend[index]:>12,.1f}  £m a year (estimated from its budget)",
        f"  budget pressure       {pressure[index]:>12.2f}  on 0-1; number {rank} of "
        f"{len(nation)} in {councils.nation[index]}",
        f"  deprivation           {councils.deprivation_percentile[index]:>12.2f}  "
        "percentile within its nation",
        "  autonomy, contracts                  drawn for each seed",
        "",
        "  listens most to",
        *_listens_to(index),
    ]
    if result is not None:
        return "\n".join([*rows, "", *_record(code, result)])
    folder, damaged = _result_with(code, out)
    rows += ["", *(f"Passed over: in {path}, {wrong}." for path, wrong in damaged.items())]
    if folder is not None:
        rows += _record(code, folder)
    else:
        rows.append(f"No result in {out} has this council yet.")
    return "\n".join(rows)


def _area_text(area: str) -> str:
    """List the councils of an area, and how a file names it."""
    from sim.model.areas import areas
    from sim.model.councils import load_councils

    councils = load_councils()
    codes = areas()[area]
    rows = [f"  {code}  {councils.name[councils.index_of(code)]}" for code in codes]
    return "\n".join(
        [
            f"{area}: {len(codes)} councils",
            "",
            *rows,
            "",
            f"In a choice of councils or a scope: regions = [{quoted(area)}]",
        ]
    )


def _listens_to(index: int) -> list[str]:
    from sim.model.councils import load_councils
    from sim.model.influence import influence

    councils = load_councils()
    found = influence(councils)
    ties = sorted(
        (-share, source, found.layers[layers])
        for listener, source, share, layers in zip(
            *(column.tolist() for column in (found.listener, found.source, found.share)),
            found.stands_in.tolist(),
            strict=True,
        )
        if listener == index
    )
    rows = [
        f"    {-share:>5.1%}  {councils.name[source]} ({', '.join(layers).replace('_', ' ')})"
        for share, source, layers in ties[:10]
    ]
    rest = -sum(share for share, _, _ in ties[10:])
    return [*rows, f"    {rest:>5.1%}  {len(ties) - 10} others"] if len(ties) > 10 else rows


def _result_with(code: str, out: Path) -> tuple[Path | None, dict[Path, str]]:
    """Newest folder of results in which a council takes part, and newer ones that are damaged."""
    damaged: dict[Path, str] = {}
    for one in reversed(past.past_results(out)):
        try:
            if _rows_of(code, one.path, first=True):
                return one.path, damaged
        except _Damaged as error:
            damaged[one.path] = str(error)
    return None, damaged


class _Damaged(Exception):  # noqa: N818
    """A table cannot be read; `str()` says what is wrong with it."""


def _rows_of(code: str, folder: Path, *, first: bool = False) -> list[dict[str, Any]]:
    """Rows of a council in the table of councils, or those of the first piece that has any.

    Read piece by piece with Arrow alone, which is there sooner than pandas.

    Raises
    ------
    _Damaged
        If there is no such table, or another.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    path = place_of(folder, STORIES)
    if place_of(folder, RECORD).exists():
        wrong = condition(folder).wrong
        if STORIES in wrong or RECORD in wrong:
            raise _Damaged(told(wrong))
    rows: list[dict[str, Any]] = []
    try:
        with pq.ParquetFile(path) as file:
            key = KEY if KEY in file.schema_arrow.names else OLD_KEY
            columns = [key, "offer", "gss_code", "joined", "why_not"]
            for piece in range(file.num_row_groups):
                table = file.read_row_group(piece, columns=columns)
                rows += table.filter(pc.equal(table["gss_code"], code)).to_pylist()
                if first and rows:
                    break
        return [{**row, KEY: row[key]} for row in rows]
    except (OSError, ValueError, KeyError, pa.ArrowException):
        how = "is damaged" if path.exists() else "is lost"
        raise _Damaged(f"{STORIES} {how}") from None


def _record(code: str, folder: Path) -> list[str]:
    if not any(place_of(folder, name).exists() for name in (RECORD, STORIES)):
        raise BadInput([Problem("there are no results here", file=str(folder))])
    try:
        stories = _rows_of(code, folder)
    except _Damaged as error:
        problem = f"these results are damaged: {error}; run the experiment again to mend them"
        raise BadInput([Problem(problem, file=str(folder))]) from None
    if not stories:
        raise BadInput([Problem("the council takes no part in this result", file=str(folder))])
    rows = [f"  in {folder}"]
    of: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for story in stories:
        of.setdefault((story[KEY], story["offer"]), []).append(story)
    for (scenario, offer), found in sorted(of.items()):
        seeds = len(found)
        joined = sorted(story["joined"] for story in found if story["joined"] is not None)
        label = scenario if offer == "main" else f"{scenario}, {offer}"
        rows.append(f"    {label}: joined in {len(joined)} of {seeds} futures")
        if joined:
            rows.append(f"      half of those by {joined[(len(joined) - 1) // 2]}")
        why = Counter(
            story["why_not"] for story in found if story["why_not"] not in (None, "joined")
        )
        rows += [f"      {count} of {seeds}: {reason}" for reason, count in why.most_common()]
    return rows
