"""Agreement among raters: one coefficient a module, all gathered here.

Conventions
-----------
`ratings` has shape (n_raters, n_items); NaN (or None) is a missing rating. It may also be a long
data frame with the columns `rater`, `item` and `value`, one row a rating. An item that nobody
rated changes nothing. An item rated once cannot show agreement: it changes no estimate of alpha,
percent agreement or Cohen's kappa, while Fleiss, Gwet, Brennan-Prediger and Conger count it among
the uses of the categories. Where values are categories, words may stand for numbers; numbers and
words do not mix, and an empty word is missing. Every function returns a
:class:`~evalsite.analysis.result.Result`.
"""

from __future__ import annotations

from evalsite.analysis.agreement.alpha import krippendorff_alpha
from evalsite.analysis.agreement.brennan_prediger import brennan_prediger
from evalsite.analysis.agreement.cohen import cohen_kappa
from evalsite.analysis.agreement.conger import conger_kappa
from evalsite.analysis.agreement.fleiss import fleiss_kappa
from evalsite.analysis.agreement.gwet import gwet_ac1, gwet_ac2
from evalsite.analysis.agreement.icc import icc
from evalsite.analysis.agreement.kendall_w import kendall_w
from evalsite.analysis.agreement.percent import percent_agreement
from evalsite.analysis.agreement.ratings import mean_ratings

__all__ = [
    "brennan_prediger",
    "cohen_kappa",
    "conger_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "icc",
    "kendall_w",
    "krippendorff_alpha",
    "mean_ratings",
    "percent_agreement",
]
