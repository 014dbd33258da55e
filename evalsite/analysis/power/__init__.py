"""How many listeners, clips and answers a study needs, and when it may stop.

Conventions
-----------
`chance` and `share` are shares right in (0, 1); `alpha` is the size of a one-sided test. Nothing is
drawn without a generator that the caller made from a stored seed.
"""

from __future__ import annotations

from evalsite.analysis.power.binomial import (
    BinomialDesign,
    BinomialPlan,
    find_binomial_power,
    plan_binomial,
)
from evalsite.analysis.power.raters import plan_raters, predict_reliability
from evalsite.analysis.power.sequential import (
    EvidenceProcess,
    find_anytime_interval,
    follow_evidence,
)
from evalsite.analysis.power.simulation import (
    simulate_contrast_power,
    simulate_identification_power,
)

__all__ = [
    "BinomialDesign",
    "BinomialPlan",
    "EvidenceProcess",
    "find_anytime_interval",
    "find_binomial_power",
    "follow_evidence",
    "plan_binomial",
    "plan_raters",
    "predict_reliability",
    "simulate_contrast_power",
    "simulate_identification_power",
]
