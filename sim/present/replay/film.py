"""A replay as a film, an animated picture or a strip of six: drawn without a browser or display.

Scenarios stand side by side, each a map over its curve, and share the month. What does not change
is drawn once; of the rest colours are set anew for every month. Everything shown is read from what
:mod:`sim.present.replay.data` put together.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import to_rgb
from PIL import Image

from sim.files.problems import BadInput, Problem
from sim.files.writing import write_atomically, write_bytes
from sim.present.figures.style import INK, PALE, QUIET, drawing
from sim.present.replay.stage import BREACH, HIGH, WIDE, Stage
from sim.runs.progress import Progress, told

Picture = npt.NDArray[np.uint8]  # rows, columns, red green blue

PACE = 6  # months a second
HOLD_SECONDS = 3  # of the last picture
LEAD = 6  # months shown before the first opening
GIF_WIDE, GIF_HIGH = 960, 540
GIF_BYTES = 3_000_000  # what most mail programs let through
GIF_STEPS = (1, 2, 3, 4, 6, 12)
GIF_COLOURS = 24  # taken from what is drawn; a few that must be there come on top
STRIP = 6
STRIP_WIDE, STRIP_HIGH = 960, 540


def find_encoder() -> str:
    """Find the program that encodes films.

    Raises
    ------
    BadInput
        If there is none.
    """
    try:
        import imageio_ffmpeg  # type: ignore[import-not-found,unused-ignore]

        found: str = imageio_ffmpeg.get_ffmpeg_exe()
        return found
    except (ImportError, RuntimeError):
        pass
    program = shutil.which("ffmpeg")
    if program is None:
        raise BadInput(
            [
                Problem(
                    "an mp4 needs the program ffmpeg, which is not here",
                    allowed='pip install "council-platform-sim[video]", or ffmpeg of your '
                    "system; --format gif and --format html need neither",
                )
            ]
        )
    return program


def pictures(
    data: dict[str, Any], months: list[int], progress: Progress, size: tuple[int, int]
) -> Iterator[Picture]:
    """Draw these months, one picture after the other, in so many pixels."""
    with drawing(), told(progress, len(months), "picture"):
        stage = Stage(data, size)
        try:
            for month in months:
                yield stage.picture(month)
                progress.advance()
        finally:
            stage.close()


def film_months(data: dict[str, Any]) -> list[int]:
    """Months of a film: from shortly before anything can be joined to the end."""
    return list(range(max(_opening(data) - LEAD, 0), data["months"]))


def _opening(data: dict[str, Any]) -> int:
    opens = [one["opens"] for one in data["scenarios"] if one["opens"] is not None]
    return min(opens, default=0)


# ---------------------------------------------------------------- film


def write_film(data: dict[str, Any], path: Path, progress: Progress) -> None:
    """Write an mp4 of 1920 x 1080, with all programs and browsers can play (H.264).

    Raises
    ------
    BadInput
        If it cannot be encoded or written.
    """
    encoder = find_encoder()
    write_atomically(path, lambda passing: _encode(encoder, data, passing, progress))


def _encode(encoder: str, data: dict[str, Any], path: Path, progress: Progress) -> None:
    command = [
        *(encoder, "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDE}x{HIGH}", "-r", str(PACE)),
        *("-i", "-", "-an", "-c:v", "libx264", "-preset", "medium", "-crf", "20"),
        *("-pix_fmt", "yuv420p", "-movflags", "+faststart", "-r", str(PACE)),
        *("-f", "mp4", str(path)),
    ]
    months = film_months(data)
    # What the program says goes to a file, since nobody empties a pipe while pictures are drawn.
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as program:
            assert program.stdin is not None
            try:
                drawn = pictures(data, months, progress, (WIDE, HIGH))
                for month, picture in zip(months, drawn, strict=True):
                    held = PACE * HOLD_SECONDS if month == months[-1] else 1
                    for _ in range(held):
                        program.stdin.write(picture.tobytes())
                program.stdin.close()
            except BrokenPipeError:
                pass  # it has ended, and says why
            except BaseException:
                program.kill()
                raise
        if program.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace").strip().splitlines()
            raise BadInput(
                [Problem(f"the film could not be encoded: {words[-1] if words else 'no reason'}")]
            )


# ---------------------------------------------------------------- animated picture


def write_gif(data: dict[str, Any], path: Path, progress: Progress) -> None:
    """Write an animated GIF of 960 x 540 in few colours, small enough for a mail.

    Months are left out evenly where it would be too big.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    months = film_months(data)
    frames: list[Image.Image] = []
    palette: Image.Image | None = None
    whole = (GIF_WIDE, GIF_HIGH)
    for picture in pictures(data, [months[-1], *months], progress, whole):
        image = Image.fromarray(picture)
        if palette is None:
            palette = _palette(image, [one["colour"] for one in data["scenarios"]])
            continue
        frames.append(image.quantize(palette=palette, dither=Image.Dither.NONE))
    for step in GIF_STEPS:
        content = _animated(frames[::-step][::-1], step)
        if len(content) <= GIF_BYTES:
            break
    write_bytes(path, content)


def _palette(image: Image.Image, colours: list[str]) -> Image.Image:
    """Choose colours for all frames, so that they stay alike, from the last of them.

    What is small but must be told apart, such as the ring of a breach, has its colour in any case.
    """
    common = image.quantize(GIF_COLOURS, method=Image.Quantize.MEDIANCUT).getpalette() or []
    found = common[: 3 * GIF_COLOURS]
    for colour, share in [
        *((plain, 1.0) for plain in ("#FFFFFF", PALE, INK, QUIET, BREACH)),
        *((colour, share) for colour in colours for share in (1.0, 0.75, 0.5, 0.3, 0.15)),
    ]:
        found += [round(255 * (1 - share + share * part)) for part in to_rgb(colour)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(found)
    return palette


def _animated(frames: list[Image.Image], months: int) -> bytes:
    """Put frames together, so many months apart; the last one is held."""
    content = io.BytesIO()
    each = 1000 * months // PACE
    frames[0].save(
        content,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[each] * (len(frames) - 1) + [1000 * HOLD_SECONDS],
        loop=0,
        optimize=False,
    )
    return content.getvalue()


# ---------------------------------------------------------------- strip


def strip_months(data: dict[str, Any]) -> list[int]:
    """Six months from the first opening to the end, evenly spread."""
    first, last = _opening(data), data["months"] - 1
    return [round(first + (last - first) * k / (STRIP - 1)) for k in range(STRIP)]


def write_strip(data: dict[str, Any], path: Path, progress: Progress) -> None:
    """Write six moments as one PNG, two beside one another.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    cells = list(pictures(data, strip_months(data), progress, (STRIP_WIDE, STRIP_HIGH)))
    rows = [np.hstack(cells[start : start + 2]) for start in range(0, len(cells), 2)]
    image = Image.fromarray(np.vstack(rows))
    write_atomically(path, lambda passing: image.save(passing, format="PNG", optimize=True))
