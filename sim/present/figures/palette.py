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
    red, green, blue = np.moveaxis(np.asarray(picture, dtype=np.uint32), -1, 0)
    packed = (red << 16) | (green << 8) | blue
    seen, counts = np.unique(packed, return_counts=True)
    colours = np.column_stack([(seen >> 16) & 255, (seen >> 8) & 255, seen & 255])
    commonest = np.argsort(-counts, kind="stable")[:MOST]
    palette = colours[commonest]
    # Squares of distances without a difference for each pair, which would take much memory.
    kept, all_of = palette.astype(np.float32), colours.astype(np.float32)
    away = (kept**2).sum(axis=1)[None, :] - 2 * all_of @ kept.T
    place = np.zeros(1 << 24, dtype=np.uint8)
    place[seen] = away.argmin(axis=1)
    found = Image.fromarray(place[packed])
    found.putpalette(palette.astype(np.uint8).ravel().tolist())
    return found
