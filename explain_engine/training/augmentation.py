"""Changes of sound that no label depends on, made on spectrograms while training.

Loudness, equalisation, noise and a little room differ from recording to recording; masked bands
and times are what an explainer will show the model. All work on the magnitudes behind the log.

Convention: spectrograms ``log10(1 + magnitude)``, shape=(batch, n_bands, n_frames), 0 is silence.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

DECIBEL = 0.11512925464970229  # ln(10) / 20


@dataclass(frozen=True)
class Augmentation:
    """Random changes; each is drawn per spectrogram.

    Parameters
    ----------
    gain_db : float
        Standard deviation of the level.
    tilt_db : float
        Standard deviation of the tilt from the lowest to the highest band.
    bump_db : float
        Standard deviation of each of three broad bumps in the frequency response.
    noise : float
        Highest level of added noise, as a magnitude.
    room : float
        Share of spectrograms with reverberation.
    masked : float
        Share of spectrograms with silenced bands or times.
    """

    gain_db: float = 4.0
    tilt_db: float = 5.0
    bump_db: float = 3.5
    noise: float = 0.5
    room: float = 0.25
    masked: float = 0.15

    def __call__(self, spectrograms: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        """Return changed spectrograms of the same shape."""
        magnitudes = torch.pow(10.0, spectrograms) - 1.0
        magnitudes = magnitudes * self._draw_response(magnitudes, rng)
        magnitudes = self._add_room(magnitudes, rng)
        magnitudes = magnitudes + self._draw_noise(magnitudes, rng)
        return torch.log10(1.0 + magnitudes) * self._draw_mask(magnitudes, rng)

    def _draw_response(self, x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        n, n_bands, _ = x.shape
        bands = torch.linspace(-0.5, 0.5, n_bands)
        level_db = self.gain_db * torch.randn(n, 1, generator=rng)
        level_db = level_db + self.tilt_db * torch.randn(n, 1, generator=rng) * bands
        for _ in range(3):
            centre = torch.rand(n, 1, generator=rng) - 0.5
            height = self.bump_db * torch.randn(n, 1, generator=rng)
            level_db = level_db + height * torch.exp(-0.5 * ((bands - centre) / 0.1) ** 2)
        return torch.exp(DECIBEL * level_db).unsqueeze(-1)

    def _add_room(self, x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        has_room = (torch.rand(len(x), 1, 1, generator=rng) < self.room).float()
        seconds = 0.1 + 0.5 * torch.rand(len(x), 1, 1, generator=rng)
        level = 0.25 * torch.rand(len(x), 1, 1, generator=rng) * has_room
        lags = torch.arange(1, 13)
        tail = x
        total = torch.zeros_like(x)
        for lag in lags:
            tail = torch.nn.functional.pad(tail, (1, 0))[..., :-1]
            total = total + tail * torch.exp(-0.032 * lag / seconds)
        return x + level * total / len(lags) * 3

    def _draw_noise(self, x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        level = self.noise * torch.rand(len(x), 1, 1, generator=rng) ** 4
        return level * torch.rand(x.shape, generator=rng)

    def _draw_mask(self, x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        n, n_bands, n_frames = x.shape
        mask = torch.ones_like(x)
        for row in range(n):
            if torch.rand((), generator=rng) >= self.masked:
                continue
            axis = int(torch.randint(2, (), generator=rng))
            length = (n_bands, n_frames)[axis]
            width = int(torch.randint(length // 20, length // 4, (), generator=rng))
            first = int(torch.randint(length - width, (), generator=rng))
            mask[row].narrow(axis, first, width).zero_()
        return mask
