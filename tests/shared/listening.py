"""What hears of progress in tests."""

from __future__ import annotations


class Recorder:
    """Writes down all that it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def start(self, total: int, unit: str, done: int = 0) -> None:
        self.told.append(("start", total, unit, done))

    def message(self, text: str) -> None:
        self.told.append(("message", text))

    def advance(self, count: int = 1, total: int | None = None) -> None:
        self.told.append(("advance", count, total))

    def end(self) -> None:
        self.told.append(("end",))

    @property
    def steps(self) -> int:
        """Steps made while it listened."""
        return sum(int(str(words[1])) for words in self.told if words[0] == "advance")
