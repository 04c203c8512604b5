"""Films, animated pictures and strips can be read, and show every month."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sim.files.problems import BadInput
from sim.present.replay import film
from sim.present.replay.film import pictures, strip_months, write_film, write_gif, write_strip
from sim.runs.progress import Silent

MONTHS = 12


def made_up(scenarios: int = 2) -> dict[str, Any]:
    """Three councils, of which one joins, one gives up and one is breached."""
    councils = [
        {"code": f"X{k}", "name": f"Council {k}", "x": float(k), "y": 0.0, "size": 0.54 if k else 1}
        for k in range(3)
    ]
    events = [[0, 2, 1, 9], [0, 3, 2, 0], [0, 5, 3, 0], [1, 4, 2, 0], [1, 6, 4, 10], [2, 1, 5, 1]]
    level = [0.0] * 3 + [0.33] * 9
    band = dict.fromkeys(("q05", "q25", "q50", "q75", "q95"), level)
    return {
        "title": "A question & <more>",
        "source": "Simulated, not observed.",
        "starts": "2018-05",
        "months": MONTHS,
        "councils": councils,
        "maps": [{"box": [-0.6, -0.6, 2.6, 0.6], "regions": [], "counties": [[0, 0, 1, 1]]}],
        "scenarios": [
            {
                "name": f"s{k}",
                "title": f"Scenario {k}",
                "colour": "#12436D",
                "mark": "o",
                "councils": [0, 1, 2],
                "eligible": 3,
                "map": 0,
                "opens": 1,
                "notes": [{"month": 1, "kind": "opening", "words": "Councils can join"}],
                "band": band,
                "futures": 9,
            }
            for k in range(scenarios)
        ],
        "futures": [
            {
                "seed": 1,
                "role": "typical",
                "words": "Typical.",
                "runs": {
                    f"s{k}": {
                        "events": events,
                        "joined": [0, 0, 0, 1, 2, 2, *[1] * 6],
                        "breaches": [[2, 4]],
                        "moments": [{"month": 3, "kind": "first", "words": "One joins."}],
                    }
                    for k in range(scenarios)
                },
            }
        ],
    }


@pytest.mark.parametrize("scenarios", [1, 2])
def test_pictures_have_their_size_and_change_with_what_happens(scenarios: int) -> None:
    found = list(pictures(made_up(scenarios), [0, 3, 11, 11], Silent(), (960, 540)))
    assert [picture.shape for picture in found] == [(540, 960, 3)] * 4
    assert not np.array_equal(found[0], found[1])
    assert not np.array_equal(found[1], found[2])
    assert np.array_equal(found[2], found[3])
    # Members are there in the scenario's colour.
    blue = (found[2] == (0x12, 0x43, 0x6D)).all(axis=2).sum()
    assert blue > 300


@pytest.fixture(scope="module")
def animated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("animated") / "film.gif"
    write_gif(made_up(), path, Silent())
    return path


def test_an_animated_picture_has_a_frame_a_month(animated: Path) -> None:
    with Image.open(animated) as image:
        assert image.size == (960, 540)
        lengths = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            lengths.append(image.info["duration"])
        image.seek(4)  # in which a council is breached: a ring that a small palette would lose
        pixels = np.asarray(image.convert("RGB"))
        assert (pixels == (0x80, 0x16, 0x50)).all(axis=2).any()
    # Months in which nothing moves would be one frame; here the line moves in every month.
    assert len(lengths) == MONTHS
    assert lengths[-1] == 3000
    assert animated.stat().st_size < 300_000
    assert [*animated.parent.iterdir()] == [animated]


def test_months_are_left_out_where_an_animated_picture_would_be_too_big(
    animated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.gif"
    monkeypatch.setattr(film, "GIF_BYTES", animated.stat().st_size - 1)
    write_gif(made_up(), path, Silent())
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == MONTHS // 2


def test_a_film_begins_shortly_before_anything_can_be_joined() -> None:
    late = made_up()
    late["months"] = 60
    for scenario, opens in zip(late["scenarios"], (40, 30), strict=True):
        scenario["opens"] = opens
    assert film.film_months(late) == list(range(24, 60))


def test_a_strip_has_six_moments(tmp_path: Path) -> None:
    path = tmp_path / "strip.png"
    assert strip_months(made_up()) == [1, 3, 5, 7, 9, 11]
    write_strip(made_up(), path, Silent())
    with Image.open(path) as image:
        assert image.size == (1920, 1620)


def has_encoder() -> bool:
    try:
        film.find_encoder()
    except BadInput:
        return False
    return True


@pytest.mark.skipif(not has_encoder(), reason="no ffmpeg here")
def test_a_film_has_its_size_and_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "HOLD_SECONDS", 1)
    path = tmp_path / "film.mp4"
    write_film(made_up(), path, Silent())
    said = subprocess.run(
        [film.find_encoder(), "-i", str(path), "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert "h264" in said
    assert "1920x1080" in said
    frames = MONTHS - 1 + film.PACE * film.HOLD_SECONDS
    assert re.findall(r"frame=\s*(\d+)", said)[-1] == str(frames)
    assert [*tmp_path.iterdir()] == [path]


def test_without_an_encoder_it_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(BadInput, match="video"):
        write_film(made_up(), tmp_path / "film.mp4", Silent())
    assert not any(tmp_path.iterdir())


def test_an_encoder_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "encoder"
    broken.write_text("#!/bin/sh\necho no such codec >&2\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(film, "find_encoder", lambda: str(broken))
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(BadInput, match="no such codec"):
        write_film(made_up(), out / "film.mp4", Silent())
    assert not any(out.iterdir())
