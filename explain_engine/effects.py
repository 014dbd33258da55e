"""Explanation level 1: how much each mid-level feature moves each emotion.

An effect is weight × value. The intercept stands apart, so that the effects of all features plus
the intercept are the model's output. A centred effect, weight × (value − mean), compares with the
mean of a data set: it does not change when a feature's zero is moved.

Conventions: values shape=(n_features,) or (n_examples, n_features) on the scale that the layer
was trained on; weights shape=(n_features, n_emotions); effects have features before emotions.

Source: Molnar, Interpretable Machine Learning (2019), effect plot of linear models; Chowdhury et
al., "Towards Explainable Music Emotion Recognition: The Route via Mid-level Features", ISMIR
2019, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explain_engine.errors import EngineError

if TYPE_CHECKING:
    from explain_engine.models.base import LinearHead, Model

WHISKER = 1.5  # interquartile ranges beyond the box, after Tukey


class EffectsError(EngineError):
    """Effects cannot be computed from what was given."""


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of one example.

    Parameters
    ----------
    features, emotions : tuple of str
        Names of rows and columns.
    values : numpy.ndarray, shape=(n_features,)
        The features' values.
    weights : numpy.ndarray, shape=(n_features, n_emotions)
        The layer's weights.
    effects : numpy.ndarray, shape=(n_features, n_emotions)
        Weight × value.
    intercepts : numpy.ndarray, shape=(n_emotions,)
        The layer's constants.
    centred : numpy.ndarray, shape=(n_features, n_emotions), or None
        Weight × (value − mean), when means were given.
    reference : numpy.ndarray, shape=(n, n_features), or None
        Features of the excerpts that the means are of, when they are known.
    """

    features: tuple[str, ...]
    emotions: tuple[str, ...]
    values: np.ndarray
    weights: np.ndarray
    effects: np.ndarray
    intercepts: np.ndarray
    centred: np.ndarray | None = None
    reference: np.ndarray | None = None

    @property
    def outputs(self) -> np.ndarray:
        """The emotions that they add up to, shape=(n_emotions,)."""
        return np.asarray(self.effects.sum(axis=0) + self.intercepts)

    def _repr_html_(self) -> str:
        # needs this module: the page shows Effects
        from explain_engine.html import show_effects

        return show_effects(self)


@dataclass(frozen=True)
class Box:
    """One box of a box plot: the distribution of an effect over a data set.

    Parameters
    ----------
    feature, emotion : str
        Whose effect.
    low_whisker, low_quartile, median, high_quartile, high_whisker : float
        Whiskers end at the outermost example within 1.5 interquartile ranges of the box.
    mean : float
        Mean effect.
    n, n_outside : int
        Examples; those beyond the whiskers.
    marked : float or None
        The effect of the example that is marked.
    """

    feature: str
    emotion: str
    low_whisker: float
    low_quartile: float
    median: float
    high_quartile: float
    high_whisker: float
    mean: float
    n: int
    n_outside: int
    marked: float | None = None


def compute_effects(
    values: np.ndarray, head: LinearHead, *, means: np.ndarray | None = None
) -> Effects:
    """Effects of one example.

    Parameters
    ----------
    values : numpy.ndarray, shape=(n_features,)
        The model's features, in the order of ``head.features``.
    head : LinearHead
        The layer.
    means : numpy.ndarray, shape=(n_features,), optional
        Mean features of a data set, for the centred effects.

    Returns
    -------
    Effects
        Computed in double precision.

    Raises
    ------
    EffectsError
        When the number of values is not the number of features.
    """
    values = _check_values(np.asarray(values, dtype=float)[None], head)[0]
    centred = None
    if means is not None:
        means = _check_values(np.asarray(means, dtype=float)[None], head)[0]
        centred = head.weights * (values - means)[:, None]
    return Effects(
        head.features,
        head.emotions,
        values,
        head.weights.astype(float),
        head.weights.astype(float) * values[:, None],
        head.intercepts.astype(float),
        centred,
    )


def compute_model_effects(model: Model, outputs: Mapping[str, float]) -> Effects:
    """Effects of one excerpt from a model's outputs, centred on its reference excerpts.

    Parameters
    ----------
    model : Model
        One with a linear head.
    outputs : mapping
        Target to value, the features among them.

    Returns
    -------
    Effects
        ``centred`` is None when the model has no reference excerpts.

    Raises
    ------
    EffectsError
        When the model has no linear head.
    """
    head = model.linear_head
    if head is None:
        raise EffectsError(
            f"Effects need a model with a linear layer from features to emotions, "
            f"{model.name} has none."
        )
    reference = model.reference_features
    values = np.array([outputs[feature] for feature in head.features])
    means = None if reference is None else reference.mean(axis=0)
    return replace(compute_effects(values, head, means=means), reference=reference)


def list_effects(effects: Effects, emotions: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Effects as plain data, the strongest feature of each emotion first.

    Parameters
    ----------
    effects : Effects
        Of one example.
    emotions : sequence of str, optional
        Which emotions; by default all.

    Returns
    -------
    list of dict
        ``emotion``, ``output``, ``intercept``, and ``effects``: a list of dicts with ``feature``,
        ``weight``, ``value``, ``effect``, ``centred``.

    Raises
    ------
    EffectsError
        When there is no such emotion.
    """
    rows = []
    for emotion in emotions or effects.emotions:
        if emotion not in effects.emotions:
            known = ", ".join(effects.emotions)
            raise EffectsError(f"The emotion must be one of {known}, got {emotion!r}.")
        column = effects.emotions.index(emotion)
        strength = effects.effects if effects.centred is None else effects.centred
        order = np.argsort(-np.abs(strength[:, column]), kind="stable")
        rows.append(
            {
                "emotion": emotion,
                "output": float(effects.outputs[column]),
                "intercept": float(effects.intercepts[column]),
                "effects": [
                    {
                        "feature": effects.features[row],
                        "weight": float(effects.weights[row, column]),
                        "value": float(effects.values[row]),
                        "effect": float(effects.effects[row, column]),
                        "centred": None
                        if effects.centred is None
                        else float(effects.centred[row, column]),
                    }
                    for row in order
                ],
            }
        )
    return rows


def summarise_effects(
    values: np.ndarray,
    head: LinearHead,
    *,
    marked: int | np.ndarray | None = None,
    is_centred: bool = False,
) -> list[Box]:
    """Boxes of the effects over a data set, as the papers plot them.

    Parameters
    ----------
    values : numpy.ndarray, shape=(n_examples, n_features)
        The model's features for each example.
    head : LinearHead
        The layer.
    marked : int or numpy.ndarray, shape=(n_features,), optional
        The example to mark: its row, or its features when it is not of the data set.
    is_centred : bool
        Take weight × (value − mean of the data set).

    Returns
    -------
    list of Box
        Emotion by emotion, features within.

    Raises
    ------
    EffectsError
        When shapes do not fit, the data set is empty, or the row does not exist.
    """
    values = _check_values(np.asarray(values, dtype=float), head)
    if isinstance(marked, int | np.integer) and not -len(values) <= marked < len(values):
        raise EffectsError(f"The marked row must be one of {len(values)} examples, got {marked}.")
    means = values.mean(axis=0) if is_centred else np.zeros(values.shape[1])
    example = None
    if marked is not None:
        given = values[marked] if isinstance(marked, int | np.integer) else np.asarray(marked)
        example = _check_values(np.asarray(given, dtype=float)[None], head)[0]
    boxes = []
    for column, emotion in enumerate(head.emotions):
        for row, feature in enumerate(head.features):
            weight, mean = float(head.weights[row, column]), means[row]
            mark = None if example is None else weight * float(example[row] - mean)
            boxes.append(_make_box(feature, emotion, weight * (values[:, row] - mean), mark))
    return boxes


def _make_box(feature: str, emotion: str, effects: np.ndarray, marked: float | None) -> Box:
    low, median, high = (float(q) for q in np.quantile(effects, (0.25, 0.5, 0.75)))
    reach = WHISKER * (high - low)
    inside = effects[(effects >= low - reach) & (effects <= high + reach)]
    return Box(
        feature=feature,
        emotion=emotion,
        low_whisker=min(low, float(inside.min())),
        low_quartile=low,
        median=median,
        high_quartile=high,
        high_whisker=max(high, float(inside.max())),
        mean=float(effects.mean()),
        n=len(effects),
        n_outside=len(effects) - len(inside),
        marked=marked,
    )


def _check_values(values: np.ndarray, head: LinearHead) -> np.ndarray:
    n_features = len(head.features)
    if values.ndim != 2 or values.shape[1] != n_features or not len(values):
        raise EffectsError(
            f"Effects need values of {n_features} features for an example or more, "
            f"got shape {values.shape}."
        )
    if not np.isfinite(values).all():
        raise EffectsError("Effects need finite values, got NaN or infinity.")
    return values
