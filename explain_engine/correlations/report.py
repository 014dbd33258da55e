"""One row a feature: correlation, weight, fair share, and whether they can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from explain_engine.correlations.importance import (
    compute_johnson_weights,
    compute_partial_correlations,
    compute_semipartial_squares,
    compute_standardised_weights,
    compute_variance_inflation,
)
from explain_engine.correlations.joint import (
    CorrelationError,
    FloatArray,
    JointCorrelations,
    check_columns,
)
from explain_engine.correlations.shapley import compute_lmg_shares, group_twins
from explain_engine.correlations.stability import Draws, Estimate, draw_rows, make_estimate

MAX_VIF = 5.0
MIN_STABILITY = 0.95


@dataclass(frozen=True)
class FeatureRow:
    """What there is to say about one feature and one target.

    Parameters
    ----------
    name : str
        The feature.
    r : Estimate
        Its correlation with the target, in [-1, 1].
    weight : float
        Target units per feature unit when the other features are held still: the weight given, else
        that of least squares.
    beta : Estimate
        Least-squares weight in target sd per feature sd.
    lmg : Estimate
        Share of the target's variance that is fairly its own, in [0, 1].
    owen : Estimate
        The same where twins enter together.
    johnson : float
        Johnson's relative weight.
    semipartial_square : float
        What R^2 loses without it.
    partial_r : float
        Correlation when all other features are held still.
    vif : float
        Variance inflation factor, 1 or more.
    sign_stability : float
        Share of draws in which `beta` has its more frequent sign, in [0.5, 1].
    twins : tuple of str
        The other features of its group.
    warnings : tuple of str
        Codes: "twins", "vif", "sign" (weight and r point apart), "unstable" (or too
        few draws to tell).
    """

    name: str
    r: Estimate
    weight: float
    beta: Estimate
    lmg: Estimate
    owen: Estimate
    johnson: float
    semipartial_square: float
    partial_r: float
    vif: float
    sign_stability: float
    twins: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What moving this feature does, alone and as it moves in the music at hand."""
        if math.isnan(self.weight):
            alone = f"What changing only {self.name} would do cannot be told"
        elif self.weight == 0:
            alone = f"Changing only {self.name} would change nothing"
        else:
            alone = f"Changing only {self.name} would {_tell_direction(self.weight)} the target"
        together = (
            f" it travels together with {' and '.join(self.twins)}, and" if self.twins else ""
        )
        way = "up" if self.r.estimate > 0 else "down" if self.r.estimate < 0 else "neither way"
        return f"{alone}; in this music{together} the target goes {way} with it."


@dataclass(frozen=True)
class GroupShare:
    """The joint share of features that cannot be told apart.

    Parameters
    ----------
    names : tuple of str
        The features of the group, one or more.
    share : Estimate
        Their share of the target's variance, in [0, 1].
    """

    names: tuple[str, ...]
    share: Estimate


@dataclass(frozen=True, eq=False)
class CorrelationReport:
    """Everything about one target.

    Parameters
    ----------
    target : str
        Its name.
    n : int
        Number of rows.
    r2 : float
        Share of the target's variance that all features explain, in [0, 1].
    rows : tuple of FeatureRow
        One a feature, in the order of the columns.
    groups : tuple of GroupShare
        Features linked by |r| beyond the threshold enter as one.
    among_features : np.ndarray, shape=(n_features, n_features)
        Correlations of the features.
    reason : str or None
        Sentence that says why weights and what follows from them are NaN.
    confidence : float
        Confidence level of the intervals, which are percentiles of draws of the rows.
    """

    target: str
    n: int
    r2: float
    rows: tuple[FeatureRow, ...]
    groups: tuple[GroupShare, ...]
    among_features: FloatArray
    reason: str | None
    confidence: float

    def _repr_html_(self) -> str:
        # needs this module, and more than numpy and scipy: only who looks pays for it
        from explain_engine.html import show_correlations

        return show_correlations(self)


def describe_correlations(
    features: ArrayLike,
    target: ArrayLike,
    *,
    rng: np.random.Generator,
    names: Sequence[str] | None = None,
    target_name: str = "target",
    weights: ArrayLike | None = None,
    threshold: float = 0.7,
    n_resamples: int = 1000,
    confidence: float = 0.95,
) -> CorrelationReport:
    """Describe how correlated features go with a target.

    Correlations and shares are given even where features determine each other; weights are then
    NaN, and the report says why.

    Parameters
    ----------
    features : array_like, shape=(n, n_features)
        One row a recording.
    target : array_like, shape=(n,)
        The target's values.
    rng : np.random.Generator
        Made from a stored seed; draws the rows for the intervals.
    names : sequence of str, optional
        Names of the features.
    target_name : str
        Name of the target.
    weights : array_like, shape=(n_features,), optional
        A model's own weights, in target units per feature unit; by default those of least squares.
    threshold : float
        |r| beyond which two features are twins, in (0, 1).
    n_resamples : int
        Number of bootstrap draws, 100 or more.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    CorrelationReport

    Raises
    ------
    CorrelationError
        If there is nothing to correlate, or an option is out of range.
    """
    if not 0.0 < confidence < 1.0:
        raise CorrelationError(f"confidence must lie between 0 and 1, got {confidence}.")
    X, y = check_columns(features, target)
    joint = JointCorrelations.of(X, y, names=names)
    groups = group_twins(joint.among_features, threshold=threshold)
    draws = draw_rows(X, y, groups=groups, n_resamples=n_resamples, rng=rng)
    figures = _compute_figures(joint, groups)
    own = _check_weights(weights, joint, figures["beta"])
    rows = tuple(
        _make_row(j, joint, figures, draws, own[j], groups, confidence)
        for j in range(len(joint.names))
    )
    return CorrelationReport(
        target=target_name,
        n=joint.n,
        r2=float(figures["lmg"].sum()),
        rows=rows,
        groups=tuple(
            GroupShare(
                tuple(joint.names[j] for j in group),
                make_estimate(
                    float(figures["owen"][list(group)].sum()),
                    draws.owen[:, list(group)].sum(axis=1),
                    confidence=confidence,
                ),
            )
            for group in groups
        ),
        among_features=joint.among_features,
        reason=joint.explain_singularity(),
        confidence=confidence,
    )


def _compute_figures(
    joint: JointCorrelations, groups: Sequence[tuple[int, ...]]
) -> dict[str, FloatArray]:
    R, r = joint.among_features, joint.with_target
    nan = np.full(len(r), np.nan)
    figures = {
        "r": r,
        "lmg": compute_lmg_shares(joint.matrix),
        "owen": compute_lmg_shares(joint.matrix, groups=groups),
    }
    if joint.explain_singularity() is not None:
        return figures | {
            name: nan for name in ("beta", "johnson", "semipartial", "partial", "vif")
        }
    return figures | {
        "beta": compute_standardised_weights(R, r),
        "johnson": compute_johnson_weights(R, r),
        "semipartial": compute_semipartial_squares(R, r),
        "partial": compute_partial_correlations(R, r),
        "vif": compute_variance_inflation(R),
    }


def _check_weights(
    weights: ArrayLike | None, joint: JointCorrelations, beta: FloatArray
) -> FloatArray:
    if weights is None:
        return beta * joint.target_sd / joint.feature_sd
    own = np.asarray(weights, dtype=np.float64)
    if own.shape != beta.shape or not np.isfinite(own).all():
        raise CorrelationError(f"weights must be {len(beta)} finite numbers, one a feature.")
    return own


def _make_row(
    j: int,
    joint: JointCorrelations,
    figures: dict[str, FloatArray],
    draws: Draws,
    weight: float,
    groups: Sequence[tuple[int, ...]],
    confidence: float,
) -> FeatureRow:
    r, vif = float(figures["r"][j]), float(figures["vif"][j])
    stability = float(draws.sign_stability[j])
    group = next(group for group in groups if j in group)
    twins = tuple(joint.names[k] for k in group if k != j)
    found = {
        "twins": bool(twins),
        "vif": vif > MAX_VIF,
        "sign": weight * r < 0,
        # Also where too few draws are defined to tell.
        "unstable": not stability >= MIN_STABILITY,
    }
    return FeatureRow(
        name=joint.names[j],
        r=make_estimate(r, draws.r[:, j], confidence=confidence),
        weight=float(weight),
        beta=make_estimate(float(figures["beta"][j]), draws.beta[:, j], confidence=confidence),
        lmg=make_estimate(float(figures["lmg"][j]), draws.lmg[:, j], confidence=confidence),
        owen=make_estimate(float(figures["owen"][j]), draws.owen[:, j], confidence=confidence),
        johnson=float(figures["johnson"][j]),
        semipartial_square=float(figures["semipartial"][j]),
        partial_r=float(figures["partial"][j]),
        vif=vif,
        sign_stability=stability,
        twins=twins,
        warnings=tuple(code for code, is_so in found.items() if is_so),
    )


def _tell_direction(weight: float) -> str:
    return "raise" if weight > 0 else "lower"
