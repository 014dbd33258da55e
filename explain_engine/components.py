"""Components: the parts of an excerpt that can be switched off.

Every cell of the STFT belongs to exactly one component (hard zeros elsewhere), so the components'
complex STFTs add up to the excerpt's, and so do their sounds: the inverse transform is linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from explain_engine.analysis import Analysis
from explain_engine.errors import ComponentError

# Above this the components' sounds are not kept; each mix is an inverse transform of its own.
MAX_SOUND_BYTES = 200 << 20
ISTFT_BATCH = 8
# Below -60 dB of the excerpt's energy nobody hears a component, nor can a weight be trusted.
AUDIBLE_ENERGY_SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class Components:
    """A partition of an excerpt into patches of its picture.

    Parameters
    ----------
    analysis : Analysis
        The excerpt.
    labels : np.ndarray, shape=(n_bands, n_frames), int
        Component of each cell of the picture, 0 to n - 1, each used.

    Raises
    ------
    ComponentError
        If the labels are no such partition.
    """

    analysis: Analysis
    labels: np.ndarray

    def __post_init__(self) -> None:
        if self.labels.shape != self.analysis.picture.shape:
            raise ComponentError(
                f"A segmenter must label the picture's {self.analysis.picture.shape} cells, "
                f"got shape {self.labels.shape}."
            )
        used = np.unique(self.labels)
        if not np.array_equal(used, np.arange(len(used))):
            raise ComponentError("A segmenter must number its components 0 to n - 1.")
        if len(used) < 2:
            raise ComponentError("A segmenter must find 2 components or more, got 1.")

    @property
    def n(self) -> int:
        """Number of components."""
        return int(self.labels.max()) + 1

    @cached_property
    def cells(self) -> torch.Tensor:
        """Component of each STFT cell, shape=(n_bins, n_stft_frames), int64."""
        front_end, n_samples = self.analysis.front_end, self.analysis.n_samples
        frames = front_end.frame_of_stft(self.analysis.spectrum.shape[1], n_samples)
        cells = self.labels[front_end.band_of_bin()][:, frames]
        return torch.from_numpy(cells.astype(np.int64)).to(self.analysis.spectrum.device)

    @cached_property
    def area_shares(self) -> np.ndarray:
        """Share of the picture's cells, shape=(n,), adding up to 1."""
        counts = np.bincount(self.labels.ravel(), minlength=self.n)
        return np.asarray(counts / self.labels.size)

    @cached_property
    def energy_shares(self) -> np.ndarray:
        """Share of the STFT's energy, shape=(n,), adding up to 1."""
        cells = self.cells.cpu().numpy().ravel()
        energy = np.bincount(cells, self.analysis.power.ravel().astype(float), minlength=self.n)
        return np.asarray(energy / energy.sum())

    @property
    def is_audible(self) -> np.ndarray:
        """Whether a component carries more than 1e-6 of the energy, shape=(n,), bool."""
        return self.energy_shares > AUDIBLE_ENERGY_SHARE

    def mix(self, masks: np.ndarray) -> np.ndarray:
        """Return the sound of the components that are on.

        Parameters
        ----------
        masks : np.ndarray, shape=(n_masks, n), bool
            True where a component is on.

        Returns
        -------
        np.ndarray, shape=(n_masks, n_samples), float32
            Masked sounds, each as long as the excerpt.
        """
        if self._sounds is None:
            return self.resynthesise(masks)
        gains = torch.from_numpy(masks.astype(np.float32)).to(self._sounds.device)
        return np.asarray((gains @ self._sounds).cpu().numpy())

    def resynthesise(self, masks: np.ndarray) -> np.ndarray:
        """Return the same as :meth:`mix`, always by masking the complex STFT itself."""
        on = torch.from_numpy(np.asarray(masks, dtype=bool)).to(self.cells.device)
        sounds = []
        for batch in on.split(ISTFT_BATCH):
            masked = self.analysis.spectrum * batch[:, self.cells]
            sounds.append(self.analysis.stft.inverse(masked, self.analysis.n_samples).cpu())
        return np.asarray(torch.cat(sounds).numpy())

    @cached_property
    def _sounds(self) -> torch.Tensor | None:
        if self.n * self.analysis.n_samples * 4 > MAX_SOUND_BYTES:
            return None
        sounds = torch.from_numpy(self.resynthesise(np.eye(self.n, dtype=bool)))
        return sounds.to(self.analysis.spectrum.device)
