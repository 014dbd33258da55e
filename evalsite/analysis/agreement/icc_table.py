"""Ratings as the intraclass correlation takes them: without empty rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.icc_anova import MeanSquares
from evalsite.analysis.agreement.icc_reml import leaves_residual
from evalsite.analysis.agreement.ratings import FloatArray, as_rating_matrix


@dataclass(frozen=True)
class Table:
    """Ratings without empty rows and columns, shape=(n_raters, n_items)."""

    matrix: FloatArray
    is_complete: bool

    @classmethod
    def of(cls, ratings: ArrayLike | pd.DataFrame) -> Table:
        return cls.trim(as_rating_matrix(ratings))

    @classmethod
    def trim(cls, matrix: FloatArray) -> Table:
        is_rated = ~np.isnan(matrix)
        if is_rated.all():
            return cls(matrix, True)
        matrix = matrix[is_rated.any(axis=1)][:, is_rated.any(axis=0)]
        return cls(matrix, not np.isnan(matrix).any())

    @cached_property
    def n_per_item(self) -> FloatArray:
        if self.is_complete:
            return np.full(self.matrix.shape[1], float(len(self.matrix)))
        return np.asarray((~np.isnan(self.matrix)).sum(axis=0), dtype=np.float64)

    @property
    def n(self) -> int:
        return int(self.n_per_item.sum()) if self.matrix.size else 0

    @cached_property
    def squares(self) -> MeanSquares:
        return MeanSquares.of(self.matrix)

    def explain_undefined(self, *, has_raters: bool) -> str | None:
        """Reason why there is no correlation, or None."""
        if self.matrix.size == 0:
            return "no_data"
        if self.n_per_item.max() < 2:
            return "no_pairable_values"
        lowest, highest = (
            (self.matrix.min(), self.matrix.max())
            if self.is_complete
            else (np.nanmin(self.matrix), np.nanmax(self.matrix))
        )
        if lowest == highest:
            return "no_variation"
        if self.matrix.shape[1] < 2:
            return "one_item"
        if self.is_complete or leaves_residual(self.matrix, has_raters=has_raters):
            return None
        return "no_residual"
