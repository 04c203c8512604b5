"""A replay as a film, an animated picture or a strip of six: drawn without a browser or display.

Scenarios stand side by side, each a map over its curve, and share the month. What does not change
is drawn once; of the rest colours are set anew for every month. Everything shown is read from what
:mod:`sim.present.replay.data` put together.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.files.problems import BadInput, Problem
from sim.files.writing import write_atomically
from sim.present.figures.style import drawing
from sim.present.replay.stage import HIGH, WIDE, Stage
from sim.runs.progress import Progress, told

Picture = npt.NDArray[np.uint8]  # rows, columns, red green blue

PACE = 6  # months a second
HOLD_SECONDS = 3  # of the last picture
GIF_WIDE, GIF_HIGH = 960, 540
GIF_COLOURS = 32
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
    last = data["months"] - 1
    # What the program says goes to a file, since nobody empties a pipe while pictures are drawn.
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as program:
            assert program.stdin is not None
            try:
                for month, picture in zip(
                    range(last + 1),
                    pictures(data, list(range(last + 1)), progress, (WIDE, HIGH)),
                    strict=True,
                ):
                    held = PACE * HOLD_SECONDS if month == last else 1
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

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    from PIL import Image

    months = list(range(data["months"]))
    frames: list[Image.Image] = []
    palette: Image.Image | None = None
    whole = (GIF_WIDE, GIF_HIGH)
    for picture in pictures(data, [months[-1], *months], progress, whole):
        image = Image.fromarray(picture)
        if palette is None:  # the last month has all colours; one palette keeps pictures alike
            palette = image.quantize(GIF_COLOURS, method=Image.Quantize.MEDIANCUT)
            continue
        frames.append(image.quantize(palette=palette, dither=Image.Dither.NONE))
    each = 1000 // PACE
    durations = [each] * (len(frames) - 1) + [1000 * HOLD_SECONDS]
    write_atomically(
        path,
        lambda passing: frames[0].save(
            passing,
            format="GIF",
            save_all=True,
            append_images=frames[1:],
            duration=durations,
            loop=0,
            optimize=False,
        ),
    )


# ---------------------------------------------------------------- strip


def strip_months(data: dict[str, Any]) -> list[int]:
    """Six months from the first opening to the end, evenly spread."""
    opens = [one["opens"] for one in data["scenarios"] if one["opens"] is not None]
    first, last = min(opens, default=0), data["months"] - 1
    return [round(first + (last - first) * k / (STRIP - 1)) for k in range(STRIP)]


def write_strip(data: dict[str, Any], path: Path, progress: Progress) -> None:
    """Write six moments as one PNG, two beside one another.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    from PIL import Image

    cells = list(pictures(data, strip_months(data), progress, (STRIP_WIDE, STRIP_HIGH)))
    rows = [np.hstack(cells[start : start + 2]) for start in range(0, len(cells), 2)]
    image = Image.fromarray(np.vstack(rows))
    write_atomically(path, lambda passing: image.save(passing, format="PNG", optimize=True))
