"""Correlated features: what each one does, tells and shares with its twins.

A linear layer's weights are unlike the plain correlations of its features with its output, since
beta = R^-1 r: each weight is what is left when the other features are held still, which in real
music they are not. Each question has its own figure:

==================================================  ==============================================
does it go with the target at all?                  zero-order r
what does the model do if only this one moves?      marginal effect w (x - mean)
what does knowing it tell, with what it brings?     conditional effect, exact for Gaussian features
what share of the explained variance is its own?    LMG share; Johnson's relative weight
is anything there beyond the rest?                  semipartial square, partial r
can its sign be trusted?                            VIF, share of bootstrap draws with one sign
which features cannot be told apart?                groups with |r| > .7, their joint share
==================================================  ==============================================

None of these is causal. LMG shares and conditional effects credit a feature of weight 0 when its
twin has weight: they say what goes together in the music at hand.

Conventions
-----------
`features` has shape (n, n_features), one row a recording; `target` has shape (n,). Nothing is
missing. Subsets of features are bit masks: bit j stands for feature j. Only numpy, scipy and the
standard library are needed.
"""

from __future__ import annotations

from explain_engine.correlations.effects import (
    compute_conditional_effects,
    compute_marginal_effects,
)
from explain_engine.correlations.importance import (
    compute_johnson_weights,
    compute_partial_correlations,
    compute_semipartial_squares,
    compute_standardised_weights,
    compute_variance_inflation,
)
from explain_engine.correlations.joint import CorrelationError, JointCorrelations
from explain_engine.correlations.report import (
    CorrelationReport,
    Estimate,
    FeatureRow,
    GroupShare,
    describe_correlations,
)
from explain_engine.correlations.shapley import (
    compute_explained_variance,
    compute_lmg_shares,
    group_twins,
)
from explain_engine.correlations.table import Table, read_table

__all__ = [
    "CorrelationError",
    "CorrelationReport",
    "Estimate",
    "FeatureRow",
    "GroupShare",
    "JointCorrelations",
    "Table",
    "compute_conditional_effects",
    "compute_explained_variance",
    "compute_johnson_weights",
    "compute_lmg_shares",
    "compute_marginal_effects",
    "compute_partial_correlations",
    "compute_semipartial_squares",
    "compute_standardised_weights",
    "compute_variance_inflation",
    "describe_correlations",
    "group_twins",
    "read_table",
]
