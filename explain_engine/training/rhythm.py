"""Onset patterns on a grid, and how strong each place of a bar is.

Conventions: the grid has `STEPS` places to the beat, so that sixteenths and triplets both fit;
onsets are beats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEPS = 12  # to the beat
SIXTEENTH, TRIPLET = 3, 4


@dataclass(frozen=True)
class Onsets:
    """The onsets of one layer, a pattern of grid places to each bar."""

    beats_per_bar: int
    bars: tuple[tuple[int, ...], ...]

    def flatten(self) -> tuple[np.ndarray, np.ndarray]:
        """Onsets of all bars and the time to the next, beats, each shape=(n_onsets,)."""
        onsets = np.array(
            [
                index * self.beats_per_bar + place / STEPS
                for index, bar in enumerate(self.bars)
                for place in bar
            ]
        )
        end = len(self.bars) * self.beats_per_bar
        return onsets, np.diff(onsets, append=end)


def metrical_weights(beats_per_bar: int) -> np.ndarray:
    """Strength of each place of a bar, shape=(beats_per_bar * STEPS,).

    The bar's start is 5, its middle 4, other beats 3, eighths 2, sixteenths 1, the rest 0.
    """
    weights = np.zeros(beats_per_bar * STEPS, dtype=int)
    weights[::SIXTEENTH] = 1
    weights[:: STEPS // 2] = 2
    weights[::STEPS] = 3
    if beats_per_bar == 4:
        weights[2 * STEPS] = 4
    weights[0] = 5
    return weights


def draw_pattern(
    rng: np.random.Generator,
    weights: np.ndarray,
    density: float,
    syncopation: float,
    variety: float,
) -> tuple[int, ...]:
    """Draw the onsets of one bar.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    weights : numpy.ndarray, shape=(n_places,), int
        From `metrical_weights`.
    density : float
        Share of the bar's sixteenths that are struck, [0, 1]; at least one onset.
    syncopation : float
        0 prefers strong places, 1 weak ones.
    variety : float
        Chance that a beat is cut into triplets, thirds of it.

    Returns
    -------
    tuple of int
        Grid places, ascending.
    """
    places = np.flatnonzero(weights)
    n_onsets = int(np.clip(round(density * len(places)), 1, len(places)))
    strength = weights[places].astype(float)
    preference = np.exp((1.6 - 2.6 * syncopation) * strength)
    order = np.log(preference) + (0.4 + 1.2 * variety) * rng.gumbel(size=len(places))
    chosen = set(places[np.argsort(-order)[:n_onsets]].tolist())
    for beat in range(len(weights) // STEPS):
        if n_onsets > 3 and rng.uniform() < 0.35 * variety:
            first = beat * STEPS
            chosen -= set(range(first, first + STEPS))
            chosen |= {first, first + TRIPLET, first + 2 * TRIPLET}
    return tuple(sorted(chosen))
