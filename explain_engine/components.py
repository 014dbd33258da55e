"""Components: the parts of an excerpt that can be switched off.

The components' complex STFTs add up to the excerpt's, and so do their sounds: the inverse
transform is linear. :class:`Patches` share out the STFT's cells (hard zeros elsewhere),
:class:`~explain_engine.sources.Sources` the sound itself. Where the model's own picture is
perturbed, :class:`~explain_engine.picture_patches.PicturePatches` share out that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from explain_engine.analysis import Analysis, SoundAnalysis
from explain_engine.errors import ComponentError
from explain_engine.patch_sounds import PatchSounds, count_bytes, find_heard, make_patch_sounds

# Above this the components' sounds are not kept; each mix is an inverse transform of its own.
MAX_SOUND_BYTES = 200 << 20
# Below -60 dB of the excerpt's energy nobody hears a component, nor can a weight be trusted.
AUDIBLE_ENERGY_SHARE = 1e-6


class Components(ABC):
    """The parts of an excerpt.

    Attributes
    ----------
    analysis : Analysis
        The excerpt.
    labels : np.ndarray or None, shape=(n_bands, n_frames)
        Component of each cell of the picture; None for sources.
    names : tuple of str or None
        What each component is called, where it has a name.
    fill_name : str
        What stands where a component is off.
    phase_source : {"original", "estimated"}
        Where the phase of its sounds comes from.
    """

    analysis: Analysis
    labels: np.ndarray | None
    names: tuple[str | None, ...]
    fill_name: str = "silence"
    phase_source: str = "original"

    @property
    def n(self) -> int:
        """Number of components."""
        return len(self.names)

    @property
    @abstractmethod
    def territory(self) -> np.ndarray:
        """The component that dominates each cell of the picture, shape=(n_bands, n_frames)."""

    @abstractmethod
    def find_extent(self, component: int) -> tuple[slice, slice]:
        """Return the bands and frames of the picture between which a component may sound."""

    @property
    @abstractmethod
    def area_shares(self) -> np.ndarray:
        """Share of the picture's cells, shape=(n,), adding up to 1."""

    @property
    @abstractmethod
    def energy_shares(self) -> np.ndarray:
        """Share of the components' energy, shape=(n,), adding up to 1."""

    @property
    def is_audible(self) -> np.ndarray:
        """Whether a component carries more than 1e-6 of the energy, shape=(n,), bool."""
        return self.energy_shares > AUDIBLE_ENERGY_SHARE

    @abstractmethod
    def resynthesise(self, masks: np.ndarray) -> np.ndarray:
        """Return the same as :meth:`mix`, made with all the care that a clip deserves."""

    @abstractmethod
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


class SoundComponents(Components):
    """Parts of an excerpt's sound: sounds that can be weighted and added."""

    @abstractmethod
    def blend(self, gains: torch.Tensor) -> torch.Tensor:
        """Return the components' sounds weighted and added; gradients pass through.

        Parameters
        ----------
        gains : torch.Tensor, shape=(n_mixes, n), float32
            Weight of each component's sound.

        Returns
        -------
        torch.Tensor, shape=(n_mixes, n_samples), float32
            Sounds, each as long as the excerpt.
        """

    def mix(self, masks: np.ndarray) -> np.ndarray:
        gains = torch.from_numpy(masks.astype(np.float32)).to(self.analysis.spectrum.device)
        return np.asarray(self.blend(gains).cpu().numpy())


class Partition(Components):
    """Components that share out the picture: every cell belongs to one of them."""

    labels: np.ndarray

    def _check_labels(self) -> tuple[None, ...]:
        """Return the components' names: they have none."""
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
        return (None,) * len(used)

    @property
    def territory(self) -> np.ndarray:
        return self.labels

    def find_extent(self, component: int) -> tuple[slice, slice]:
        bands, frames = np.nonzero(self.labels == component)
        return (
            slice(int(bands.min()), int(bands.max()) + 1),
            slice(int(frames.min()), int(frames.max()) + 1),
        )

    @cached_property
    def area_shares(self) -> np.ndarray:
        counts = np.bincount(self.labels.ravel(), minlength=self.n)
        return np.asarray(counts / self.labels.size)


@dataclass(frozen=True, eq=False)
class Patches(Partition, SoundComponents):
    """A partition of an excerpt's picture: every cell of the STFT belongs to one component.

    Parameters
    ----------
    analysis : SoundAnalysis
        The excerpt.
    labels : np.ndarray, shape=(n_bands, n_frames), int
        Component of each cell of the picture, 0 to n - 1, each used.

    Raises
    ------
    ComponentError
        If the labels are no such partition.
    """

    analysis: SoundAnalysis
    labels: np.ndarray
    names: tuple[None, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", self._check_labels())

    @cached_property
    def cells(self) -> torch.Tensor:
        """Component of each STFT cell, shape=(n_bins, n_stft_frames), int64."""
        front_end, n_samples = self.analysis.front_end, self.analysis.n_samples
        frames = front_end.frame_of_stft(self.analysis.spectrum.shape[1], n_samples)
        cells = self.labels[front_end.band_of_bin()][:, frames]
        return torch.from_numpy(cells.astype(np.int64)).to(self.analysis.spectrum.device)

    @cached_property
    def energy_shares(self) -> np.ndarray:
        cells = self.cells.cpu().numpy().ravel()
        energy = np.bincount(cells, self.analysis.power.ravel().astype(float), minlength=self.n)
        return np.asarray(energy / energy.sum())

    def resynthesise(self, masks: np.ndarray) -> np.ndarray:
        on = torch.from_numpy(np.asarray(masks, dtype=bool)).to(self.cells.device)
        return np.asarray(self._invert(on).cpu().numpy())

    def blend(self, gains: torch.Tensor) -> torch.Tensor:
        return self._invert(gains) if self._sounds is None else self._sounds.blend(gains)

    def _invert(self, gains: torch.Tensor) -> torch.Tensor:
        sounds = []
        # One at a time fits the processor's cache; selecting is quicker than indexing by a matrix.
        for row in gains.split(1):
            on = row.index_select(1, self.cells.ravel()).view(-1, *self.cells.shape)
            masked = self.analysis.spectrum * on
            sounds.append(self.analysis.stft.inverse(masked, self.analysis.n_samples))
        return torch.cat(sounds)

    @cached_property
    def _sounds(self) -> PatchSounds | None:
        stft, n_samples = self.analysis.stft, self.analysis.n_samples
        heard = find_heard(self.cells, stft, n_samples)
        if count_bytes(heard, stft) > MAX_SOUND_BYTES:
            return None
        return make_patch_sounds(self.analysis.spectrum, self.cells, heard, stft, n_samples)
