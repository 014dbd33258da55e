from __future__ import annotations

import numpy as np
import pytest

from explain_engine.log_picture import LogPicture
from explain_engine.transform import Stft


@pytest.mark.parametrize("sr", [8_000, 16_000, 22_050, 44_100])
@pytest.mark.parametrize(("n_fft", "hop"), [(2048, 512), (1024, 256), (320, 64)])
def test_every_bin_belongs_to_one_band_and_every_band_has_a_bin(sr, n_fft, hop):
    picture = LogPicture(sr, n_fft, hop)

    bands = picture.band_of_bin()

    assert bands.shape == (n_fft // 2 + 1,)
    assert np.array_equal(np.unique(bands), np.arange(len(picture.band_centres())))
    assert (np.diff(bands) >= 0).all()


def test_every_frame_of_the_picture_has_its_stft_frame():
    picture = LogPicture(8_000, 1024, 256)
    n_stft = Stft(1024, 256).count_frames(10_000)

    frames = picture.frame_of_stft(n_stft, 10_000)

    assert np.array_equal(np.unique(frames), np.arange(picture.count_frames(10_000)))


def test_click_is_painted_in_its_frame():
    y = np.zeros(8_000, np.float32)
    y[256 * 12] = 1.0
    import torch

    power = (Stft(1024, 256).forward(torch.from_numpy(y)).abs() ** 2).numpy()
    picture = LogPicture(8_000, 1024, 256).paint(power, len(y))

    assert picture.sum(axis=0).argmax() == 12


def test_tone_is_painted_in_its_band():
    import torch

    y = torch.sin(2 * torch.pi * 1000 * torch.arange(8_000) / 8_000)
    front_end = LogPicture(8_000, 1024, 256)
    power = (Stft(1024, 256).forward(y).abs() ** 2).numpy()

    picture = front_end.paint(power, 8_000)

    low, high = front_end.band_edges()
    band = picture[:, 15].argmax()
    assert low[band] <= 1000 <= high[band]
    assert picture.min() == 0.0
    assert picture.max() == 1.0


def test_digital_silence_is_painted_flat():
    picture = LogPicture(8_000, 1024, 256).paint(np.zeros((513, 40)), 8_000)

    assert np.ptp(picture) == 0.0
