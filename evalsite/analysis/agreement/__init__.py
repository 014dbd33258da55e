"""Agreement among raters: one coefficient a module, all gathered here.

Conventions
-----------
`ratings` has shape (n_raters, n_items); NaN (or None) is a missing rating. An item rated fewer
than twice cannot show agreement and changes nothing. Every function returns a
:class:`~evalsite.analysis.result.Result`.
"""

from __future__ import annotations

from evalsite.analysis.agreement.alpha import krippendorff_alpha
from evalsite.analysis.agreement.percent import percent_agreement

__all__ = ["krippendorff_alpha", "percent_agreement"]
