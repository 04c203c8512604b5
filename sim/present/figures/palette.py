"""Pictures with a palette: flat colours and their edges need a third of the bytes so."""

from __future__ import annotations

import numpy as np
from PIL import Image

MOST = 256


def with_palette(picture: Image.Image) -> Image.Image:
    """Return the picture in its 256 commonest colours; the others, of edges, become the nearest.

    What is flat keeps its very colour, which the quantizers of Pillow do not promise.

    Parameters
    ----------
    picture
        Of the mode "RGB".
    """
    # A number for each pixel: what Pillow calls RGBX holds four bytes of it.
    wide, high = picture.size
    packed = np.asarray(picture.convert("RGBX")).view(np.dtype(">u4")).ravel() >> 8
    # Most pixels are as the one before them, so that stretches are counted.
    starts = np.append(0, np.flatnonzero(np.diff(packed)) + 1)
    lengths = np.diff(starts, append=len(packed))
    seen, which = np.unique(packed[starts], return_inverse=True)
    counts = np.bincount(which, lengths).astype(np.int64)
    colours = np.column_stack([(seen >> 16) & 255, (seen >> 8) & 255, seen & 255])
    commonest = np.argsort(-counts, kind="stable")[:MOST]
    palette = colours[commonest]
    # Squares of distances without a difference for each pair, which would take much memory.
    kept, all_of = palette.astype(np.float32), colours.astype(np.float32)
    away = (kept**2).sum(axis=1)[None, :] - 2 * all_of @ kept.T
    place = away.argmin(axis=1).astype(np.uint8)
    found = Image.fromarray(place[which].repeat(lengths).reshape(high, wide))
    found.putpalette(palette.astype(np.uint8).ravel().tolist())
    return found
