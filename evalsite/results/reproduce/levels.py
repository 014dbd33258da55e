"""Factors between listeners in an analysis script: each listener has one level; as figures.py."""

# mypy: ignore-errors

import numpy as np
import pandas as pd

from evalsite.results.reproduce.figures import difference_crossed, mean_crossed


def of_level(rows, factor, level):
    """Judgments of one level's listeners but "can't tell"."""
    return rows[(rows[f"level_{factor}"] == level) & rows["value"].notna()]


def count_level(rows, factor, level):
    """Listeners and judgments of one level."""
    own = of_level(rows, factor, level)
    return [own["listener"].nunique(), len(own)]


def mean_of_level(rows, factor, level, low, high):
    """Mean of one level, for new listeners and new recordings."""
    return mean_crossed(of_level(rows, factor, level), low, high)


def difference_of_levels(rows, factor, first, second, reach):
    """Mean of the first level minus that of the second."""
    rows = pd.concat([of_level(rows, factor, level) for level in (first, second)])
    cells = [rows[f"level_{factor}"] == level for level in (first, second)]
    if min(cell.sum() for cell in cells) == 0:
        return [np.nan] * 3
    return difference_crossed(rows, cells, [1, -1], reach)
