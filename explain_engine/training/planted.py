"""What is planted: eight emotions as one fixed linear function of the seven features, plus noise.

The signs follow published relations between musical features and expressed emotions; the sizes
are ours, since no source gives them for these seven features together. `SOURCES` says for each
weight where its sign comes from:

* ``G``: Gabrielsson & Lindström, "The role of structure in the musical expression of emotions",
  in Juslin & Sloboda (eds.), Handbook of Music and Emotion, Oxford 2010, 367-400.
* ``J``: Juslin & Laukka, "Communication of emotions in vocal expression and music performance",
  Psychological Bulletin 129 (2003), 770-814.
* ``E``: Eerola, Friberg & Bresin, "Emotional expression in music: contribution, linearity, and
  additivity of primary musical cues", Frontiers in Psychology 4 (2013), 487.
* ``o``: our own choice, without a source.

Conventions: weights in standard deviations, shape=(n_features, n_emotions), rows and columns in
the order of `FEATURES` and `EMOTIONS`; features and emotions on the scale of `measures.MEAN` and
`measures.SPREAD`.
"""

from __future__ import annotations

import numpy as np

from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.training.measures import MEAN, SPREAD

# Share of an emotion's variance that no feature explains: raters differ, music says more.
NOISE_SHARE = 0.2

#                     valence energy tension anger  fear  happy   sad  tender
_TABLE = {
    "melodiousness":     (+0.30, -0.15, -0.25, -0.30, -0.25, +0.25, +0.20, +0.45),
    "articulation":      (+0.10, +0.50, +0.10, +0.25, +0.15, +0.40, -0.50, -0.45),
    "rhythm_complexity": (+0.00, +0.40, +0.20, +0.30, +0.00, +0.10, -0.25, -0.25),
    "rhythm_stability":  (+0.20, +0.30, -0.15, +0.10, -0.30, +0.25, -0.15, +0.10),
    "dissonance":        (-0.45, +0.25, +0.50, +0.55, +0.40, -0.25, +0.00, -0.40),
    "tonal_stability":   (+0.25, +0.00, -0.35, -0.20, -0.35, +0.20, +0.00, +0.15),
    "minorness":         (-0.50, +0.00, +0.30, +0.25, +0.35, -0.55, +0.60, -0.10),
}  # fmt: skip

_TABLE_SOURCES = {
    "melodiousness": "o o o o o o o o",
    "articulation": "J GE o GJ J GJE GJE GJE",
    "rhythm_complexity": "- G o G - o o o",
    "rhythm_stability": "G o o J J GJ J J",
    "dissonance": "G G G G o G - G",
    "tonal_stability": "G - o G o G - o",
    "minorness": "GE - G G E GE GE o",
}

SOURCES: dict[tuple[str, str], str] = {
    (feature, emotion): source
    for feature, row in _TABLE_SOURCES.items()
    for emotion, source in zip(EMOTIONS, row.split(), strict=True)
}
WEIGHTS: np.ndarray = np.array([_TABLE[feature] for feature in FEATURES])


def rate_features(scores: np.ndarray, means: np.ndarray, spreads: np.ndarray) -> np.ndarray:
    """Bring feature scores to the scale of ratings.

    Parameters
    ----------
    scores : numpy.ndarray, shape=(n_pieces, n_features)
        From `measures.Standard.score_features`.
    means, spreads : numpy.ndarray, shape=(n_features,)
        Of the training set's scores.

    Returns
    -------
    numpy.ndarray, shape=(n_pieces, n_features)
        Within [0, 1].
    """
    return np.clip(MEAN + SPREAD * (scores - means) / spreads, 0.0, 1.0)


def plant_emotions(features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Emotions of pieces whose features are known.

    Parameters
    ----------
    features : numpy.ndarray, shape=(n_pieces, n_features)
        On the scale of `rate_features`.
    rng : numpy.random.Generator
        Of the noise.

    Returns
    -------
    numpy.ndarray, shape=(n_pieces, n_emotions)
        Linear in the features but for the noise, which is `NOISE_SHARE` of the variance where
        features are independent.
    """
    standard = (features - MEAN) / SPREAD
    signal = standard @ WEIGHTS
    spreads = np.sqrt(np.sum(WEIGHTS**2, axis=0) * NOISE_SHARE / (1 - NOISE_SHARE))
    noise = rng.normal(0.0, 1.0, signal.shape) * spreads
    return MEAN + SPREAD * (signal + noise)
