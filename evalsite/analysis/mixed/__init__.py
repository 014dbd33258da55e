"""Mixed models: ratings in which listeners and recordings return, each with a level of its own.

For means of conditions `describe` needs no model; these tell how much of the ratings' variance
listeners, recordings and chance make, and what is left of an effect when others are held still.
They take seconds on large studies: fit them in a worker, not in a request.
"""

from __future__ import annotations

from evalsite.analysis.mixed.linear import LinearMixedModel, fit_linear_mixed
from evalsite.analysis.mixed.ordinal import OrdinalMixedModel, fit_ordinal_mixed

__all__ = ["LinearMixedModel", "OrdinalMixedModel", "fit_linear_mixed", "fit_ordinal_mixed"]
