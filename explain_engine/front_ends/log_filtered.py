"""The log-filtered spectrogram of the mid-level papers, without madmom.

Conventions: sound is float, shape ``(..., n_samples)``, full scale ±1; spectrograms are float32,
shape ``(..., n_bands, n_frames)``, silence is 0 when ``add`` is 1. Frames are counted from the
sample that ``origin`` names.

Source: the chain of madmom 0.17 (``FramedSignalProcessor``, ``LogarithmicFilterbank``,
``LogarithmicFilteredSpectrogram``), as used by Chowdhury et al., "Towards Explainable Music
Emotion Recognition: The Route via Mid-level Features", ISMIR 2019, section 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from explain_engine.front_ends.triangles import FrontEndError, make_filterbank
from explain_engine.log_picture import part_bands

if TYPE_CHECKING:
    import torch

ORIGINS = ("future", "past")
BANDS_AT_ONCE = 16


@dataclass(frozen=True)
class LogFilteredSpectrogram:
    """Magnitudes through overlapping triangles, ``bands_per_octave`` to the octave, then a log.

    Parameters
    ----------
    sr : int
        Sample rate of the sound, Hz.
    frame_size : int
        Samples in a frame and length of its FFT; even.
    fps : float
        Frames a second; the hop ``sr / fps`` stays a fraction, each start is cut to a sample.
    hop_size : float or None
        Samples from frame to frame; wins over `fps`.
    origin : int or str
        Where frame 0 lies: 0 centres it on sample 0, ``"future"`` starts it there, ``"past"`` ends
        it there; an integer moves it to the left by that many samples.
    bands_per_octave : int
        Triangles to the octave, before those that fall on one bin are merged.
    fmin, fmax : float
        Lowest and highest frequency of a triangle's corner, Hz. `fmax` may lie above ``sr / 2``.
    mul, add : float
        The output is ``log10(mul * x + add)``.
    norm_filters : bool
        Divide each triangle by its sum.
    """

    sr: int = 22050
    frame_size: int = 2048
    fps: float = 31.25
    hop_size: float | None = None
    origin: int | str = "future"
    bands_per_octave: int = 24
    fmin: float = 20.0
    fmax: float = 16000.0
    mul: float = 1.0
    add: float = 1.0
    norm_filters: bool = True

    def __post_init__(self) -> None:
        if self.sr < 1:
            raise FrontEndError(f"sr must be 1 Hz or more, got {self.sr}.")
        if self.frame_size < 4 or self.frame_size % 2:
            raise FrontEndError(f"frame_size must be even and 4 or more, got {self.frame_size}.")
        if not 1 <= self.hop <= self.sr * 60:
            raise FrontEndError(
                f"the hop must be from 1 sample to 60 s, got {self.hop:g} samples "
                f"(fps {self.fps:g}, hop_size {self.hop_size})."
            )
        if isinstance(self.origin, str) and self.origin not in ORIGINS:
            raise FrontEndError(
                f'origin must be a number of samples, "future" or "past", got {self.origin!r}.'
            )
        if self.bands_per_octave < 1:
            raise FrontEndError(f"bands_per_octave must be 1 or more, got {self.bands_per_octave}.")
        if not 0 < self.fmin < self.fmax:
            raise FrontEndError(
                f"fmin must lie above 0 Hz and below fmax, got {self.fmin:g} and {self.fmax:g}."
            )
        if self.mul <= 0 or self.add <= 0:
            raise FrontEndError(f"mul and add must be above 0, got {self.mul:g} and {self.add:g}.")

    @property
    def hop(self) -> float:
        """Samples from frame to frame, often a fraction."""
        if self.hop_size is not None:
            return float(self.hop_size)
        return self.sr / self.fps if self.fps > 0 else math.inf

    @property
    def n_bins(self) -> int:
        """FFT bins in use: the one at the Nyquist frequency is left out."""
        return self.frame_size // 2

    @property
    def origin_samples(self) -> int:
        """How far frame 0's centre lies to the left of sample 0."""
        if self.origin == "future":
            return -(self.frame_size // 2)
        if self.origin == "past":
            return self.frame_size // 2 - 1
        return int(self.origin)

    def frame_starts(self, n_samples: int) -> npt.NDArray[np.int64]:
        """First sample of each frame, shape ``(n_frames,)``; may lie outside the sound."""
        n_frames = math.ceil(n_samples / self.hop)
        positions = (np.arange(n_frames) * self.hop).astype(np.int64)
        return positions - self.frame_size // 2 - self.origin_samples

    @cached_property
    def filterbank(self) -> npt.NDArray[np.float32]:
        """Weight of each bin in each band, shape ``(n_bins, n_bands)``."""
        return make_filterbank(
            self.sr,
            self.n_bins,
            self.bands_per_octave,
            self.fmin,
            self.fmax,
            self.norm_filters,
        )

    @cached_property
    def _groups(self) -> list[tuple[slice, npt.NDArray[np.float32]]]:
        """Neighbouring bands with the few bins they share: most of the whole matrix is zeros."""
        groups = []
        for first in range(0, self.n_bands, BANDS_AT_ONCE):
            bank = self.filterbank[:, first : first + BANDS_AT_ONCE]
            used = np.flatnonzero(bank.any(axis=1))
            bins = slice(int(used[0]), int(used[-1]) + 1)
            groups.append((bins, bank[bins].copy()))
        return groups

    @property
    def n_bands(self) -> int:
        return self.filterbank.shape[1]

    @property
    def n_fft(self) -> int:
        """Length of the FFT in samples."""
        return self.frame_size

    def band_weights(self) -> npt.NDArray[np.float64]:
        """Each band's part in each bin, rows of sum 1, shape ``(n_fft // 2 + 1, n_bands)``.

        Bins that no triangle covers, the one at the Nyquist frequency too, go with the nearest.
        """
        from explain_engine.reconstruction import share_out_bins

        return share_out_bins(np.pad(self.filterbank, ((0, 1), (0, 0))))

    def band_centres(self) -> npt.NDArray[np.float64]:
        """Frequency of each triangle's corner, Hz, shape ``(n_bands,)``."""
        return np.asarray(self.filterbank.argmax(axis=0) * self.sr / self.frame_size)

    def band_edges(self) -> npt.NDArray[np.float64]:
        """Lower edges and upper edges, Hz, shape ``(2, n_bands)``, half-way between centres."""
        return part_bands(self.band_centres(), self.sr)

    def find_silence(self, picture: np.ndarray) -> float:
        """What a silent cell holds, whatever the picture: ``log10(add)``."""
        return math.log10(self.add)

    def to_magnitude(self, picture: np.ndarray) -> npt.NDArray[np.float64]:
        """Mean STFT magnitude that each cell stands for, shape as `picture`; silence is 0."""
        filtered = (10.0 ** np.asarray(picture, dtype=float) - self.add) / self.mul
        heights = self.filterbank.sum(axis=0, dtype=float)[:, None]
        return np.asarray(np.maximum(filtered, 0.0) / heights)

    def frame_centres(self, n_samples: int) -> npt.NDArray[np.int64]:
        """Sample on which each frame is centred, shape ``(n_frames,)``."""
        return self.frame_starts(n_samples) + self.frame_size // 2

    def __call__(self, y: npt.ArrayLike | torch.Tensor) -> torch.Tensor:
        """Log-filtered spectrogram of `y`, shape ``(..., n_bands, n_frames)``, on y's device."""
        import torch

        sound = y if isinstance(y, torch.Tensor) else torch.from_numpy(np.array(y))
        if not sound.is_floating_point():
            raise FrontEndError(f"y must hold floating-point samples, got {sound.dtype}.")
        if sound.ndim < 1 or sound.shape[-1] < 1:
            raise FrontEndError(f"y must hold 1 sample or more, got shape {tuple(sound.shape)}.")
        # One sound at a time fits the processor's cache; a graphics card takes all at once.
        sounds = sound.reshape(-1, sound.shape[-1])
        parts = sounds.split(1 if sound.device.type == "cpu" else len(sounds))
        filtered = torch.cat([self._filter(self.stft(part)) for part in parts])
        pictures = torch.log10(self.mul * filtered + self.add).transpose(-1, -2)
        return pictures.reshape(*sound.shape[:-1], *pictures.shape[1:])

    def stft(self, y: torch.Tensor) -> torch.Tensor:
        """Complex spectrum of each frame, shape ``(..., n_frames, n_bins)``, complex64.

        The window is symmetric (``numpy.hanning``), phases count from each frame's first sample.
        The FFT of float64 is taken in float64, of all else in float32: in pictures a difference
        of 1e-5 at most, under a full-scale tone.
        """
        import torch

        if y.dtype != torch.float64:
            y = y.to(torch.float32)
        starts = self.frame_starts(y.shape[-1])
        n_before = max(0, -int(starts[0]))
        n_after = max(0, int(starts[-1]) + self.frame_size - y.shape[-1])
        padded = torch.nn.functional.pad(y, (n_before, n_after))
        first = torch.as_tensor(starts + n_before, device=y.device)
        if needs_gradient(y):  # the quicker way's gradient would hold every frame at every sample
            frames = padded[..., first[:, None] + torch.arange(self.frame_size, device=y.device)]
        else:
            frames = padded.unfold(-1, self.frame_size, 1)[..., first, :]
        window = torch.as_tensor(np.hanning(self.frame_size), dtype=y.dtype, device=y.device)
        spectrum = torch.fft.rfft(frames * window, dim=-1)[..., : self.n_bins]
        return spectrum.to(torch.complex64)

    def _filter(self, spectrum: torch.Tensor) -> torch.Tensor:
        """Magnitudes through the triangles, (..., n_frames, n_bins) -> (..., n_frames, n_bands)."""
        import torch

        if needs_gradient(spectrum):  # a root's gradient at 0 is infinite, abs has 0 there
            magnitudes = spectrum.abs()
        else:
            magnitudes = (spectrum.real.square() + spectrum.imag.square()).sqrt_()
        filtered = [
            magnitudes[..., bins] @ torch.from_numpy(bank).to(spectrum.device)
            for bins, bank in self._groups
        ]
        return torch.cat(filtered, dim=-1)


def needs_gradient(x: torch.Tensor) -> bool:
    """Whether what is made of `x` is to be differentiated."""
    import torch

    return x.requires_grad and torch.is_grad_enabled()


def log_filtered_spectrogram(
    y: npt.ArrayLike,
    sr: int,
    *,
    frame_size: int = 2048,
    fps: float = 31.25,
    hop_size: float | None = None,
    origin: int | str = "future",
    bands_per_octave: int = 24,
    fmin: float = 20.0,
    fmax: float = 16000.0,
    mul: float = 1.0,
    add: float = 1.0,
    norm_filters: bool = True,
) -> npt.NDArray[np.float32]:
    """Log-filtered spectrogram of a sound, as a NumPy array; every step in float64 but the last.

    Parameters
    ----------
    y : array_like, shape=(..., n_samples)
        Floating-point sound, or signed integers, whose largest is full scale, as in madmom.
    sr : int
        Sample rate, Hz.
    frame_size, fps, hop_size, origin, bands_per_octave, fmin, fmax, mul, add, norm_filters
        See `LogFilteredSpectrogram`; `hop_size` wins over `fps`.

    Returns
    -------
    numpy.ndarray, float32, shape=(..., n_bands, n_frames)
        ``log10(mul * magnitude + add)``.

    Raises
    ------
    FrontEndError
        When a parameter breaks its rule.
    """
    front_end = LogFilteredSpectrogram(
        sr=sr,
        frame_size=frame_size,
        fps=fps,
        hop_size=hop_size,
        origin=origin,
        bands_per_octave=bands_per_octave,
        fmin=fmin,
        fmax=fmax,
        mul=mul,
        add=add,
        norm_filters=norm_filters,
    )
    sound = np.asarray(y)
    if sound.dtype.kind == "i":
        sound = sound / np.iinfo(sound.dtype).max
    exact = sound.astype(np.float64) if sound.dtype.kind == "f" else sound
    spectrogram: npt.NDArray[np.float32] = front_end(exact).numpy()
    return spectrogram
