"""Results of the main experiment, told from others by a digest of every column.

Tables were keyed by names with marks in them before runs were keyed by points. The digests in
``tests/main_experiment.json`` were made from tables of that time, brought under today's keys by
`point_of` and `COLUMNS`: so equal digests say that points changed no value. They are changed only
with a reason, by ``python -m tests.shared.same_results RESULTS --write``, where the folder may hold
tables of either time.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pandas as pd

from sim.runs.tables import KEYS, read_table
from tests.shared.folders import ROOT

FILE = ROOT / "tests" / "main_experiment.json"
# Old names of columns, and today's.
COLUMNS = {"scenario": "point"}
# Settings that came after the digests: runs at their ends are not among what was digested.
LATER = (
    "contract_binding_share",
    "depth_risk",
    "dominance_weight",
    "effort_weight",
    "foresight_share",
    "leave_with_others_per_month",
    "peer_contact_ratio",
    "pressure_starving",
    "tie_threshold_share",
)
# Kinds of points that came after the digests are not among it either.
DIGESTED = (
    r"[^/]+|(?:curve|hybrid|supply)/.*|sensitivity/(?:gaap|scotland_framework|scotland_infrastructure)/"
    rf"(?!behaviour\.(?:{'|'.join(LATER)})/).*"
)


def point_of(name: str) -> str:
    """Id of the point that had this name before: scenarios keep theirs.

    ``SCENARIO~CURVE~INDEX`` was a point of a curve, ``SCENARIO~?SCENARIO?SETTING~INDEX`` an end of
    a setting in doubt, and ``EXPLANATION:NUMBER`` a hybrid.
    """
    if ":" in name:
        explanation, number = name.split(":")
        return f"hybrid/{explanation}/{number}"
    if "~" not in name:
        return name
    scenario, curve, index = name.split("~")
    if curve.startswith("?"):
        return f"sensitivity/{scenario}/{curve.split('?')[2]}/{index}"
    return f"curve/{curve}/{scenario}/{index}"


def in_points(table: pd.DataFrame) -> pd.DataFrame:
    """Bring a table under today's keys, sorted by them."""
    table = table.rename(columns=COLUMNS)
    names = table["point"].drop_duplicates()
    new = dict(zip(names, map(point_of, names), strict=True))
    return table.assign(point=table["point"].map(new))


def digests(tables: dict[str, pd.DataFrame]) -> dict[str, dict[str, str]]:
    """Digest of every column of the four tables, rows sorted by their keys."""
    found: dict[str, dict[str, str]] = {}
    for name, keys in KEYS.items():
        table = tables[name][tables[name]["point"].str.fullmatch(DIGESTED)]
        table = table.sort_values(keys, kind="stable", ignore_index=True)
        found[name] = {
            str(column): hashlib.sha256(
                pd.util.hash_pandas_object(table[column], index=False).to_numpy().tobytes()
            ).hexdigest()[:16]
            for column in table.columns
        }
    return found


if __name__ == "__main__":
    of = digests(
        {name: in_points(read_table(Path(sys.argv[1], f"{name}.parquet"))) for name in KEYS}
    )
    if "--write" in sys.argv:
        FILE.write_text(json.dumps(of, indent=1) + "\n", encoding="utf-8")
    known = json.loads(FILE.read_text(encoding="utf-8"))
    for name, columns in of.items():
        other = [column for column, digest in columns.items() if known[name].get(column) != digest]
        print(f"{name}: {len(columns)} columns, {len(other)} differ {other}")
