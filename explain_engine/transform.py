"""Short-time Fourier transform whose inverse is exact over the whole signal.

Convention: spectra are complex64 tensors, shape=(..., n_bins, n_stft_frames); STFT frame ``m``
covers samples ``m * hop_length - (n_fft - hop_length)`` and the ``n_fft - 1`` after it. Frames
extend past both ends of the signal, so every sample lies under the same number of windows and the
overlap-add's denominator is never small (weighted overlap-add: Griffin & Lim 1984, eq. 6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Stft:
    """A Hann-windowed transform and its exact inverse.

    Parameters
    ----------
    n_fft : int
        Window length in samples.
    hop_length : int
        Hop in samples; `n_fft` is a multiple of it, at least 4 times.
    """

    n_fft: int = 2048
    hop_length: int = 512

    @property
    def n_bins(self) -> int:
        return self.n_fft // 2 + 1

    @property
    def pad(self) -> int:
        """Samples by which the first frame starts before the signal."""
        return self.n_fft - self.hop_length

    def count_frames(self, n_samples: int) -> int:
        """Return the number of STFT frames that touch a signal of `n_samples`."""
        return math.ceil((n_samples + self.pad) / self.hop_length)

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        """Analyse.

        Parameters
        ----------
        y : torch.Tensor, shape=(..., n_samples)
            Real signal.

        Returns
        -------
        torch.Tensor, shape=(..., n_bins, n_stft_frames), complex
            Spectrum.
        """
        n_samples = y.shape[-1]
        length = (self.count_frames(n_samples) - 1) * self.hop_length + self.n_fft
        padded = torch.nn.functional.pad(y, (self.pad, length - self.pad - n_samples))
        frames = padded.unfold(-1, self.n_fft, self.hop_length) * self._window(y)
        return torch.fft.rfft(frames).transpose(-1, -2)

    def inverse(self, spectrum: torch.Tensor, n_samples: int) -> torch.Tensor:
        """Resynthesise by weighted overlap-add.

        Parameters
        ----------
        spectrum : torch.Tensor, shape=(..., n_bins, n_stft_frames), complex
            Spectrum, as :meth:`forward` returns it, perhaps masked.
        n_samples : int
            Length of the signal that was analysed.

        Returns
        -------
        torch.Tensor, shape=(..., n_samples)
            Real signal.
        """
        frames = torch.fft.irfft(spectrum.transpose(-1, -2), n=self.n_fft)
        window = self._window(frames)
        y = self._overlap_add(frames * window)
        # Away from the padding, the squared windows add up to one constant per hop position.
        weight = (window**2).reshape(-1, self.hop_length).sum(0)
        weight = weight.repeat(math.ceil(n_samples / self.hop_length))[:n_samples]
        return y[..., self.pad : self.pad + n_samples] / weight

    def _overlap_add(self, frames: torch.Tensor) -> torch.Tensor:
        n_overlaps = self.n_fft // self.hop_length
        n_frames = frames.shape[-2]
        blocks = frames.reshape(*frames.shape[:-1], n_overlaps, self.hop_length)
        out = frames.new_zeros(*frames.shape[:-2], n_frames + n_overlaps - 1, self.hop_length)
        for i in range(n_overlaps):
            out[..., i : i + n_frames, :] += blocks[..., i, :]
        return out.flatten(-2)

    def _window(self, like: torch.Tensor) -> torch.Tensor:
        return torch.hann_window(self.n_fft, dtype=like.dtype, device=like.device)
