"""Shapley values, exactly: a total shared out among those who bring it about together.

Each player gets the difference it makes when it comes in, averaged over all orders in which the
players can come in (Shapley 1953). The shares add up to the total, players that do the same get
the same, one that changes nothing gets nothing, and what two bring about only together is halved
between them.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def shapley_values(worth: npt.ArrayLike) -> FloatArray:
    """Share out what all players reach together, less what is there without any.

    Parameters
    ----------
    worth
        Shape (2**players, columns): what each coalition reaches, each column a game of its own.
        Bit i of a row's number tells whether player i is in.

    Returns
    -------
    array
        Shape (players, columns). A column with a missing value has missing shares.

    Raises
    ------
    ValueError
        If the number of rows is no power of two.

    Examples
    --------
    Alone the first brings 1 and the second 2; together they bring 5, of which 2 is shared:

    >>> shapley_values([[0.0], [1.0], [2.0], [5.0]])
    array([[2.],
           [3.]])
    """
    table = np.asarray(worth, dtype=np.float64)
    if len(table).bit_count() != 1:
        raise ValueError(f"{len(table)} coalitions are not those of a whole number of players")
    players = len(table).bit_length() - 1
    rows = np.arange(len(table))
    size = sum((rows >> player & 1 for player in range(players)), np.zeros_like(rows))
    # Share of all orders in which just these come before a player, by how many they are.
    weight = np.array(
        [
            factorial(before) * factorial(players - 1 - before) / factorial(players)
            for before in range(players)
        ]
    )
    values = np.empty((players, table.shape[1]))
    for player in range(players):
        without = rows[rows >> player & 1 == 0]
        gain = table[without | 1 << player] - table[without]
        values[player] = weight[size[without]] @ gain
    return values
