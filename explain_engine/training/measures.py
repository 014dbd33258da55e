"""The seven mid-level features, measured on score and performance rather than on sound.

Each feature is a mean of a few measures that follow the words of the raters' questions (Aljanaki
& Soleymani, "A data-driven approach to mid-level perceptual musical feature modeling", ISMIR
2018). A measure is a plain number of its own unit; `Standard` turns measures into features on the
scale of ratings divided by ten: mean 0.5, standard deviation 0.15 over the training set.

Conventions: features in the order of `FEATURES`, arrays of measures shape=(n_pieces, n_measures).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from explain_engine.networks.names import FEATURES
from explain_engine.training.composer import DRUMS, SECONDS, Piece
from explain_engine.training.performance import Performance, audible_ratios
from explain_engine.training.rhythm import STEPS, metrical_weights

MEAN, SPREAD = 0.5, 0.15
# feature: {measure: weight}; a negative weight turns the measure round.
RECIPES: dict[str, dict[str, float]] = {
    "melodiousness": {"melody_share": 1.0, "melody_leap": -0.5},
    "articulation": {"gap_share": 1.0},
    "rhythm_complexity": {"syncopation": 1.0, "interval_entropy": 1.0, "n_rhythms": 0.7},
    "rhythm_stability": {"periodicity": 1.0, "timing_error": -1.0},
    "dissonance": {"roughness": 1.0},
    "tonal_stability": {"key_clarity": 1.0, "local_clarity": 1.0},
    "minorness": {"minor_chords": 1.0, "minor_key": 1.0},
}
MEASURES = tuple(measure for recipe in RECIPES.values() for measure in recipe)

# Krumhansl & Kessler, Psychological Review 89 (1982), 334-368: how well a tone fits a key.
MAJOR_PROFILE = np.array((6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88))
MINOR_PROFILE = np.array((6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17))


@dataclass(frozen=True)
class Standard:
    """Means and spreads of the measures over the training set, shape=(n_measures,) each."""

    means: np.ndarray
    spreads: np.ndarray

    @classmethod
    def fit(cls, measures: np.ndarray) -> Standard:
        """Take them from measures, shape=(n_pieces, n_measures)."""
        return cls(measures.mean(axis=0), measures.std(axis=0))

    def score_features(self, measures: np.ndarray) -> np.ndarray:
        """Weighted sums of standard measures, before scaling, shape=(n_pieces, 7)."""
        standard = (measures - self.means) / self.spreads
        columns, position = [], 0
        for feature in FEATURES:
            weights = np.array(list(RECIPES[feature].values()))
            columns.append(standard[:, position : position + len(weights)] @ weights)
            position += len(weights)
        return np.column_stack(columns)


def measure(piece: Piece, performance: Performance) -> np.ndarray:
    """All measures of one played piece.

    Parameters
    ----------
    piece : Piece
        The score.
    performance : Performance
        As it was played.

    Returns
    -------
    numpy.ndarray, shape=(n_measures,)
        In the order of `MEASURES`.
    """
    values = {
        **_measure_melody(piece, performance),
        "gap_share": float(np.mean(1.0 - audible_ratios(piece, performance))),
        **_measure_rhythm(piece),
        "periodicity": measure_periodicity(performance.onsets, performance.velocities),
        "timing_error": measure_timing_error(performance.onsets, performance.beats),
        "roughness": _measure_roughness(piece, performance),
        **_measure_tonality(piece, performance),
    }
    return np.array([values[name] for name in MEASURES])


def _measure_melody(piece: Piece, performance: Performance) -> dict[str, float]:
    """Share of the notes' strength that the melody has; its mean step in semitones."""
    roles = np.array([layer.role for layer in piece.layers])[performance.layers]
    seconds = performance.ends - performance.onsets
    strength = performance.velocities.astype(float) ** 2 * np.sqrt(seconds)
    is_melody = roles == "melody"
    if is_melody.sum() < 2:
        return {"melody_share": 0.0, "melody_leap": 6.0}
    steps = np.abs(np.diff(performance.pitches[is_melody]))
    return {
        "melody_share": float(strength[is_melody].sum() / strength.sum()),
        "melody_leap": float(np.minimum(steps, 12).mean()),
    }


def _measure_rhythm(piece: Piece) -> dict[str, float]:
    """Syncopation, entropy of inter-onset intervals (bits), number of distinct rhythms."""
    weights = metrical_weights(piece.beats_per_bar)
    n_places = len(weights)
    syncopations, intervals, rhythms = [], [], set()
    for layer in piece.layers:
        onsets = np.unique(np.round(layer.notes[:, 0] * STEPS).astype(int))
        syncopations.append(_syncopation(onsets, weights))
        gaps = np.diff(onsets)
        intervals.append(gaps)
        rhythms.add(tuple((onsets[:16] % n_places).tolist()))
    counts = np.unique(np.concatenate(intervals), return_counts=True)[1]
    shares = counts / counts.sum()
    return {
        "syncopation": float(np.mean(syncopations)),
        "interval_entropy": float(-(shares * np.log2(shares)).sum()),
        "n_rhythms": float(len(rhythms)),
    }


def _syncopation(onsets: np.ndarray, weights: np.ndarray) -> float:
    """Mean rise in metrical strength from an onset to the silent places before the next.

    After Longuet-Higgins & Lee, Music Perception 1 (1984), 424-441: a note on a weak place that is
    held over a stronger one.
    """
    rises = []
    for onset, following in pairwise(onsets):
        passed = weights[np.arange(onset + 1, following) % len(weights)]
        strongest = passed.max(initial=0)
        rises.append(max(0, int(strongest) - int(weights[onset % len(weights)])))
    return float(np.mean(rises)) if rises else 0.0


def measure_periodicity(onsets: np.ndarray, velocities: np.ndarray) -> float:
    """How well the onsets repeat: highest autocorrelation at lags of 0.25 to 1.5 s, in [0, 1].

    Parameters
    ----------
    onsets : numpy.ndarray, shape=(n_notes,)
        Seconds.
    velocities : numpy.ndarray, shape=(n_notes,)
        1 to 127.

    Returns
    -------
    float
        1 when every onset returns after the best lag.
    """
    rate, spread = 100, 0.02  # Hz, s
    curve = np.zeros(int((SECONDS + 1) * rate))
    np.add.at(curve, (onsets * rate).astype(int), np.sqrt(velocities))
    offsets = np.arange(-8, 9) / rate
    curve = np.convolve(curve, np.exp(-0.5 * (offsets / spread) ** 2), mode="same")
    curve = curve - curve.mean()
    spectrum = np.fft.rfft(curve, 2 * len(curve))
    autocorrelation = np.fft.irfft(np.abs(spectrum) ** 2)[: int(1.5 * rate) + 1]
    return float(np.max(autocorrelation[rate // 4 :]) / autocorrelation[0])


def measure_timing_error(onsets: np.ndarray, beats: np.ndarray) -> float:
    """How far onsets stray from the steadiest beat through them.

    Parameters
    ----------
    onsets : numpy.ndarray, shape=(n_notes,)
        Seconds, as played.
    beats : numpy.ndarray, shape=(n_notes,)
        Where the score has them.

    Returns
    -------
    float
        Decadic logarithm of the root mean square distance in seconds, not below that of 10 ms.
    """
    design = np.column_stack((beats, np.ones(len(beats))))
    line = design @ np.linalg.lstsq(design, onsets, rcond=None)[0]
    return float(np.log10(max(np.sqrt(np.mean((onsets - line) ** 2)), 0.01)))


def _measure_roughness(piece: Piece, performance: Performance) -> float:
    """Mean roughness of what sounds together, seen every 0.1 s (see `measure_chord_roughness`)."""
    is_tonal = np.array([layer.program != DRUMS for layer in piece.layers])[performance.layers]
    onsets, ends = performance.onsets[is_tonal], performance.ends[is_tonal]
    pitches = performance.pitches[is_tonal]
    velocities = performance.velocities[is_tonal]
    values = []
    for time in np.arange(0.05, SECONDS, 0.1):
        sounding = (onsets <= time) & (ends > time)
        if sounding.any():
            values.append(measure_chord_roughness(pitches[sounding], velocities[sounding]))
    return float(np.mean(values)) if values else 0.0


def measure_chord_roughness(pitches: np.ndarray, velocities: np.ndarray) -> float:
    """Roughness of tones that sound together, relative to their strength.

    Six partials a tone, falling by 0.8; each pair of partials beats after Sethares, "Tuning,
    Timbre, Spectrum, Scale", Springer 2005, appendix E (his fit to Plomp & Levelt, 1965).

    Parameters
    ----------
    pitches, velocities : numpy.ndarray, shape=(n_tones,)
        MIDI numbers.

    Returns
    -------
    float
        0 for a lone sine, below 0.2 for most chords.
    """
    harmonics = np.arange(1, 7)
    fundamentals = 440.0 * 2.0 ** ((pitches - 69) / 12)
    frequencies = (fundamentals[:, None] * harmonics).ravel()
    amplitudes = ((velocities / 127.0)[:, None] * 0.8 ** (harmonics - 1)).ravel()
    first, second = np.triu_indices(len(frequencies), 1)
    low = np.minimum(frequencies[first], frequencies[second])
    scaled = 0.24 / (0.0207 * low + 18.96) * np.abs(frequencies[first] - frequencies[second])
    beating = 5.0 * (np.exp(-3.51 * scaled) - np.exp(-5.75 * scaled))
    pairs = np.minimum(amplitudes[first], amplitudes[second]) * beating
    return float(pairs.sum() / amplitudes.sum())


def _measure_tonality(piece: Piece, performance: Performance) -> dict[str, float]:
    """Fit of one key throughout, of any key at a time; minor chords; lean towards minor keys."""
    is_tonal = np.array([layer.program != DRUMS for layer in piece.layers])[performance.layers]
    windows = []
    for start in np.arange(0.0, SECONDS - 1.0, 1.25):
        low = np.maximum(performance.onsets[is_tonal], start)
        high = np.minimum(performance.ends[is_tonal], start + 2.5)
        strength = np.maximum(high - low, 0.0) * performance.velocities[is_tonal]
        windows.append(np.bincount(performance.pitches[is_tonal] % 12, strength, minlength=12))
    profile = np.array(windows).sum(axis=0)
    whole = _correlate_keys(profile)
    best = int(np.argmax(whole))
    fits = np.array([_correlate_keys(window) for window in windows if np.ptp(window) > 0])
    shown = piece.bars[: int(np.ceil(SECONDS * piece.bpm / 60 / piece.beats_per_bar))]
    tonic = np.bincount([bar.tonic for bar in shown], minlength=12).argmax()
    return {
        "key_clarity": float(fits[:, best].mean()) if len(fits) else 0.0,
        "local_clarity": float(fits.max(axis=1).mean()) if len(fits) else 0.0,
        "minor_chords": float(np.mean([bar.is_minor_chord for bar in shown])),
        "minor_key": float(whole[12 + tonic] - whole[tonic]),
    }


def _correlate_keys(profile: np.ndarray) -> np.ndarray:
    """Pearson correlation with the 12 major, then the 12 minor keys, shape=(24,)."""
    keys = np.array(
        [np.roll(shape, tonic) for shape in (MAJOR_PROFILE, MINOR_PROFILE) for tonic in range(12)]
    )
    if np.ptp(profile) == 0:
        return np.zeros(24)
    return np.corrcoef(profile, keys)[0, 1:]
