"""Control clips: made like an explanation, of components chosen at random.

``control_area`` covers as much of the picture as the kept clip (within 5 %), ``control_energy``
carries as much sound energy (within 1 dB). Where 1,000 draws find none, the nearest is taken and
the difference is recorded. A control may share components with the kept clip, as chance has it,
but never all of them; the overlap is recorded too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explain_engine.components import Components

N_DRAWS = 1_000
AREA_TOLERANCE = 0.05
ENERGY_TOLERANCE_DB = 1.0
# Energies of sounds differ a little from those of their STFT cells; so the best few are heard.
N_HEARD = 16


@dataclass(frozen=True, eq=False)
class Control:
    """A choice of components, and what else makes its sound.

    Parameters
    ----------
    mask : np.ndarray, shape=(n_components,), bool
        The choice.
    difference : float or None
        From kept: a share of kept's area, dB for ``control_energy``, None where neither says
        anything.
    unit : {"share", "dB"} or None
        Of the difference.
    is_within_tolerance : bool or None
        Whether the rule was met; None for a kind that has none.
    phase_source : {"random", "other"} or None
        Where the sound's phase comes from, if not from where all other clips have it.
    fill : str or None
        What stands where a component is off, if not the recipe's fill.
    sound : np.ndarray or None, shape=(n_samples,), float32
        The sound, where it is not that of the components alone.
    picture : np.ndarray or None, shape=(n_bands, n_frames), float32
        What the sound was made to look like, where the model's own picture is perturbed and it is
        not that of the components alone.
    """

    mask: np.ndarray
    difference: float | None = None
    unit: str | None = None
    is_within_tolerance: bool | None = None
    phase_source: str | None = None
    fill: str | None = None
    sound: np.ndarray | None = None
    picture: np.ndarray | None = None


def draw_control_area(
    components: Components, kept: np.ndarray, rng: np.random.Generator
) -> Control:
    """Draw random components that cover the area of `kept`, shape=(n_components,), bool."""
    wanted = float(components.area_shares[kept].sum())

    def differ(area: np.ndarray) -> np.ndarray:
        return np.asarray(area / wanted - 1.0)

    masks, differences = _draw_prefixes(components, components.area_shares, kept, differ, rng)
    best = _first_within(differences, AREA_TOLERANCE)
    difference = float(differences[best])
    return Control(masks[best], difference, "share", abs(difference) <= AREA_TOLERANCE)


def draw_control_energy(
    components: Components, kept: np.ndarray, rng: np.random.Generator
) -> Control:
    """Draw random components that carry the energy of `kept`, shape=(n_components,), bool."""
    wanted = float(components.energy_shares[kept].sum())

    def differ(energy: np.ndarray) -> np.ndarray:
        return np.asarray(10 * np.log10(energy / wanted))

    masks, differences = _draw_prefixes(components, components.energy_shares, kept, differ, rng)
    within = np.flatnonzero(np.abs(differences) <= ENERGY_TOLERANCE_DB)
    rest = np.argsort(np.abs(differences), kind="stable")
    candidates = np.concatenate([within, rest[~np.isin(rest, within)]])[:N_HEARD]
    energy = np.sum(components.mix(masks[candidates]).astype(float) ** 2, axis=1)
    kept_energy = float(np.sum(components.mix(kept[None])[0].astype(float) ** 2))
    heard = 10 * np.log10(np.maximum(energy, 1e-30) / max(kept_energy, 1e-30))
    best = _first_within(heard, ENERGY_TOLERANCE_DB)
    difference = float(heard[best])
    return Control(
        masks[candidates[best]], difference, "dB", abs(difference) <= ENERGY_TOLERANCE_DB
    )


def _draw_prefixes(
    components: Components,
    shares: np.ndarray,
    kept: np.ndarray,
    differ: Callable[[np.ndarray], np.ndarray],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Shuffle the audible components and stop each shuffle where it is nearest to kept.

    Returns masks, shape=(n_draws, n_components), and differences, shape=(n_draws,); draws that
    hold all of kept are left out, unless nothing else was drawn.
    """
    audible = np.flatnonzero(components.is_audible)
    orders = rng.permuted(np.tile(audible, (N_DRAWS, 1)), axis=1)
    differences = differ(np.cumsum(shares[orders], axis=1))
    lengths = np.abs(differences).argmin(axis=1)
    masks = np.zeros((N_DRAWS, components.n), dtype=bool)
    rows = np.arange(N_DRAWS)
    on = np.arange(len(audible))[None, :] <= lengths[:, None]
    masks[np.repeat(rows, on.sum(axis=1)), orders[on]] = True
    other: np.ndarray = np.asarray((kept & ~masks).any(axis=1))
    if not other.any():
        other[:] = True
    return masks[other], differences[rows, lengths][other]


def _first_within(differences: np.ndarray, tolerance: float) -> int:
    within = np.flatnonzero(np.abs(differences) <= tolerance)
    return int(within[0]) if len(within) else int(np.abs(differences).argmin())
