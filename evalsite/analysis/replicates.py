"""Leaving out units one by one, or group by group where there are many.

The delete-a-group jackknife leaves out one of g groups of units at a time [1]_; with one unit a
group it is the delete-one jackknife. Units are dealt to groups in turn, so it needs no seed.

References
----------
.. [1] Kott, P. S. (2001). The delete-a-group jackknife. Journal of Official Statistics 17(4),
   521-526, eq. 1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


def deal_groups(n_units: int, *, n_groups: int) -> Iterator[NDArray[np.bool_]]:
    """Yield masks of the units kept, each without one group.

    Parameters
    ----------
    n_units : int
        Number of units.
    n_groups : int
        Most groups to make; fewer units than that are left out one by one.

    Yields
    ------
    np.ndarray of bool, shape=(n_units,)
    """
    n_groups = min(n_groups, n_units)
    group = np.arange(n_units) % max(n_groups, 1)
    for index in range(n_groups):
        yield group != index
