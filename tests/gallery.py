"""All pictures of small experiments of every shape, to be looked at.

    python -m tests.gallery FOLDER [--only CASE ...] [--figures NAME ...]

Each case becomes a folder with the pictures as readers get them (1600 x 900) and, in `half`, at
half that size, at which they stand in a page of text; `half/sheet.png` shows them side by side.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from sim.present.figures.catalogue import DRAWINGS
from sim.present.figures.style import drawing
from sim.settings import Experiment
from tests.shared.scenarios import PUSH
from tests.shared.small_results import (
    COUNCILS,
    ENGLISH,
    LONG,
    experiment,
    nothing,
    results,
    scenario,
    view_of,
)

GAELIC = "Comhairle nan Eilean Siar agus Àird Mhòr: seirbheis choitcheann"
WELSH = "Cydweithio ŵyr ac ŷd: llwyfan cyffredin i gynghorau’r gogledd"


def _many(number: int, **changes: Any) -> Experiment:
    """So many scenarios on two sets of councils, the first of them the base."""
    scenarios = {}
    for place in range(number):
        english = place % 3 == 2
        depth = round(0.2 + 0.045 * place, 3)
        title = f"{100 * depth:.0f}% of control given up" + (", England" if english else "")
        councils = ENGLISH if english else COUNCILS
        scenarios[f"s{place}"] = scenario(title, councils, depth=depth, migration_months=3 + place)
    return experiment(scenarios, **changes)


def _reviewed() -> Experiment:
    reviewed = scenario("With a review after a year", depth=0.7)
    reviewed["push"] = PUSH | {"review_months": 12, "minimum_share": 0.6}
    return experiment(
        {"base": scenario("Without a review", depth=0.7), "reviewed": reviewed}, seeds={"count": 12}
    )


CASES: dict[str, Callable[[], Experiment]] = {
    "one": lambda: experiment({"a": scenario("The only one")}),
    "two": lambda: _many(2),
    "eight": lambda: _many(8),
    "fourteen": lambda: _many(14, seeds={"count": 2}),
    "long titles": lambda: experiment({f"s{i}": scenario(f"{LONG} {i}") for i in range(5)}),
    "Gaelic and Welsh": lambda: experiment({"a": scenario(GAELIC), "b": scenario(WELSH)}),
    "other scripts": lambda: experiment(
        {
            "a": scenario("共通基盤 of all councils 🏛"),
            "b": scenario("منصة مشتركة, shared"),
        }
    ),
    "reviewed": _reviewed,
    "one seed": lambda: _many(3, seeds={"count": 1}),
    "nothing opened": lambda: experiment({"a": nothing("Nothing"), "b": nothing("Nor here")}),
    "made-up councils": lambda: experiment({"a": scenario("A") | {"councils": {"synthetic": 20}}}),
}


def draw(case: str, folder: Path, names: list[str]) -> None:
    """Draw the pictures of a case into a folder."""
    view = view_of(results(CASES[case]()))
    (folder / "half").mkdir(parents=True, exist_ok=True)
    small: list[Image.Image] = []
    with drawing():
        pages = [page for make in DRAWINGS for page in make(view)]
        for page in pages:
            if names and not page.name.startswith(tuple(names)):
                continue
            path = folder / f"{page.name}.png"
            path.write_bytes(page.png(view.about))
            whole = Image.open(path).convert("RGB")
            half = whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.LANCZOS)
            half.save(folder / "half" / path.name)
            small.append(half)
            print(f"{case}: {page.name}: {page.title}")
    if small:
        sheet = Image.new("RGB", (1610, 460 * ((len(small) + 1) // 2)), "#444444")
        for place, half in enumerate(small):
            sheet.paste(half, (810 * (place % 2), 460 * (place // 2)))
        sheet.save(folder / "half" / "sheet.png")


def main() -> None:
    """Draw what was asked for."""
    ask = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    ask.add_argument("folder", type=Path)
    ask.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES))
    ask.add_argument("--figures", nargs="+", default=[])
    given = ask.parse_args()
    for case in given.only:
        draw(case, given.folder / case.replace(" ", "_"), given.figures)


if __name__ == "__main__":
    main()
