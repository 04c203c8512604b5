"""Tables in Markdown, what the machine is, and where the text goes."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

BEGIN = "<!-- benchmarks: begin -->"
END = "<!-- benchmarks: end -->"
PACKAGES = ("numpy", "scipy", "numba", "mesa", "agentpy", "ndlib")


def number(value: float) -> str:
    """Write a figure with about three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values: Sequence[float], absent: str = "") -> str:
    """Write the median and, in brackets, the smallest and the largest; or why there is none."""
    if not values:
        return absent or "–"
    return f"{number(median(values))} ({number(min(values))}–{number(max(values))})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table: the first column to the left, figures to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def processor() -> str:
    """Name of the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def compiler() -> str:
    """Name and version of the C compiler."""
    path = shutil.which("cc")
    if path is None:
        return "no C compiler"
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    return said.splitlines()[0]


def machine() -> str:
    """Describe the machine and the versions in one paragraph."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} not installed")
    return (
        f"{processor()}, {os.cpu_count()} cores; {platform.system()}; "
        f"Python {platform.python_version()}, {', '.join(versions)}; {compiler()}."
    )


def write_between_markers(path: Path, text: str) -> None:
    """Replace what stands between the two markers of a file.

    Raises
    ------
    ValueError
        If the file does not hold each marker once, in order.
    """
    before, _, after = between_markers(path)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def between_markers(path: Path) -> tuple[str, str, str]:
    """Return what stands before, between and after the two markers of a file.

    Raises
    ------
    ValueError
        If the file does not hold each marker once, in order.
    """
    document = path.read_text(encoding="utf-8")
    before, begin, rest = document.partition(BEGIN)
    between, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in before + after:
        raise ValueError(f"{path.name} must hold {BEGIN} and {END}, once each")
    return before, between.strip(), after


def with_section(document: str, heading: str, section: str) -> str:
    """Replace one section of a document, or put it at the end."""
    parts = re.split(r"\n\n(?=### )", document)
    kept = [part for part in parts if not part.startswith(f"{heading}\n")]
    places = [at for at, part in enumerate(parts) if part.startswith(f"{heading}\n")]
    kept.insert(places[0] if places else len(parts), section)
    return "\n\n".join(kept)
