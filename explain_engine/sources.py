"""Components that are sounds of their own: they add up, and overlap in time and frequency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from explain_engine.analysis import SoundAnalysis
from explain_engine.components import Patches, SoundComponents
from explain_engine.errors import ComponentError

# Of the excerpt's norm: what float32 leaves of a sum of sources.
MAX_SUM_ERROR = 1e-4


@dataclass(frozen=True, eq=False)
class Sources(SoundComponents):
    """Sounds that add up to an excerpt, each there at any time and frequency.

    Parameters
    ----------
    analysis : SoundAnalysis
        The excerpt.
    sounds : np.ndarray, shape=(n, n_samples), float32
        The sources.
    names : tuple of str
        What they are called.

    Raises
    ------
    ComponentError
        If they do not add up to the excerpt, or are fewer than 2.
    """

    analysis: SoundAnalysis
    sounds: np.ndarray
    names: tuple[str, ...]
    labels: None = field(init=False, default=None)

    def __post_init__(self) -> None:
        wanted = (len(self.names), self.analysis.n_samples)
        if self.sounds.shape != wanted:
            raise ComponentError(
                f"A segmenter must give named sources of shape {wanted}, got {self.sounds.shape}."
            )
        if len(self.names) < 2:
            raise ComponentError(
                f"A segmenter must find 2 components or more, got {len(self.names)}."
            )
        error = np.linalg.norm(self.sounds.sum(axis=0, dtype=float) - self.analysis.y)
        if not error <= MAX_SUM_ERROR * np.linalg.norm(self.analysis.y):
            raise ComponentError(
                "The sources that a segmenter gives must add up to the excerpt, they do not."
            )

    @cached_property
    def territory(self) -> np.ndarray:
        # slow import: scipy.ndimage
        from scipy.ndimage import uniform_filter

        # Sources interleave cell by cell; the neighbourhood decides, so that regions can be drawn.
        smooth = [uniform_filter(share, (5, 9)) for share in self.cell_shares]
        return np.asarray(np.argmax(smooth, axis=0))

    def find_extent(self, component: int) -> tuple[slice, slice]:
        n_bands, n_frames = self.analysis.picture.shape
        return slice(0, n_bands), slice(0, n_frames)

    @cached_property
    def cell_shares(self) -> np.ndarray:
        """Each source's share of each cell's power, shape=(n, n_bands, n_frames), float32.

        The shares of a cell add up to 1; in a silent cell all are alike.
        """
        picture, n_samples = self.analysis.front_end, self.analysis.n_samples
        power = np.stack([picture.pool(p, n_samples) for p in self._measure_powers()])
        total = power.sum(axis=0)
        even = np.full_like(power, 1 / self.n)
        return np.divide(power, total, out=even, where=total > 0).astype(np.float32)

    @cached_property
    def area_shares(self) -> np.ndarray:
        return np.asarray(self.cell_shares.mean(axis=(1, 2), dtype=float))

    @cached_property
    def energy_shares(self) -> np.ndarray:
        energy = np.array([float(p.sum(dtype=float)) for p in self._measure_powers()])
        return energy / energy.sum()

    def resynthesise(self, masks: np.ndarray) -> np.ndarray:
        return self.mix(masks)

    def blend(self, gains: torch.Tensor) -> torch.Tensor:
        return gains @ self._sounds

    @cached_property
    def _sounds(self) -> torch.Tensor:
        return torch.from_numpy(self.sounds).to(self.analysis.spectrum.device)

    def _measure_powers(self) -> list[np.ndarray]:
        stft = self.analysis.stft
        return [(stft.forward(sound).abs() ** 2).cpu().numpy() for sound in self._sounds]


def cut_components(
    analysis: SoundAnalysis, segmenter: Callable[[SoundAnalysis], np.ndarray | Sources]
) -> Patches | Sources:
    """Return what a segmenter finds; labels are taken as :class:`Patches`."""
    found = segmenter(analysis)
    return found if isinstance(found, Sources) else Patches(analysis, found)


def split_sources(analysis: SoundAnalysis, shares: np.ndarray, names: tuple[str, ...]) -> Sources:
    """Return the sources that soft masks on the STFT let through.

    Parameters
    ----------
    analysis : SoundAnalysis
        The excerpt.
    shares : np.ndarray, shape=(n, n_bins, n_stft_frames), 0 or more
        Each source's part in each cell; brought to a sum of 1 here, to equal parts where all are 0.
    names : tuple of str
        What the sources are called.

    Returns
    -------
    Sources
        Their complex STFTs add up to the excerpt's.
    """
    total = shares.sum(axis=0)
    even = np.full(shares.shape, 1 / len(shares), dtype=np.float32)
    masks = np.divide(shares, total, out=even, where=total > 0)
    sounds = [
        analysis.stft.inverse(
            analysis.spectrum * torch.from_numpy(mask).to(analysis.spectrum.device),
            analysis.n_samples,
        )
        .cpu()
        .numpy()
        for mask in masks
    ]
    return Sources(analysis, np.stack(sounds), names)
