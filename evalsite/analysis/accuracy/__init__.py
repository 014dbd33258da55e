"""Accuracy: right and wrong answers against chance, sensitivity, confusions.

Conventions
-----------
Answers are a data frame with one row per answer and the columns `listener`, `clip` and
`is_correct` (1 or 0, True or False). `chance` is the share a guesser gets right, in (0, 1). Every
statistic is a :class:`~evalsite.analysis.result.Result`.
"""

from __future__ import annotations

from evalsite.analysis.accuracy.confusion import (
    ConfusionMatrix,
    compare_confusions,
    count_confusions,
)
from evalsite.analysis.accuracy.dprime import (
    convert_to_d_prime,
    d_prime,
    d_prime_yes_no,
    unbias_share,
)
from evalsite.analysis.accuracy.exact import binomial_share
from evalsite.analysis.accuracy.identification import correct_for_guessing, identification_accuracy

__all__ = [
    "ConfusionMatrix",
    "binomial_share",
    "compare_confusions",
    "convert_to_d_prime",
    "correct_for_guessing",
    "count_confusions",
    "d_prime",
    "d_prime_yes_no",
    "identification_accuracy",
    "unbias_share",
]
