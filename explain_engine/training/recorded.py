"""Training on the papers' data sets: recordings with listeners' ratings.

Conventions: spectrograms float16 in a cache, one file a recording; ratings divided by ten.

Source: Chowdhury et al., ISMIR 2019, section 4 (peak-normalised sound, zeros trimmed, ten
seconds at random, short files repeated; splits of 80, 10 and 10 %).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from explain_engine.audio import load_audio
from explain_engine.data_sets.mid_level import MidLevelSong, load_mid_level, split_mid_level
from explain_engine.data_sets.soundtracks import (
    SOURCE,
    SoundtracksTrack,
    join_mid_level,
    load_soundtracks,
    split_soundtracks,
)
from explain_engine.excerpt import resample
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.networks.weights import save_network
from explain_engine.training.evaluation import correlate_targets
from explain_engine.training.examples import Examples, TrainingError
from explain_engine.training.trainer import Settings, predict, train_network

FRONT_END = LogFilteredSpectrogram()
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Rated:
    """A recording with what is known of it; missing ratings are NaN."""

    path: Path
    features: tuple[float, ...] = (float("nan"),) * len(FEATURES)
    emotions: tuple[float, ...] = (float("nan"),) * len(EMOTIONS)


def choose_recordings(
    scheme: str, mid_level: Path | None, soundtracks: Path | None, *, seed: int = 42
) -> dict[str, list[Rated]]:
    """Choose what a scheme is trained, stopped and tested on.

    ``a2e`` takes the emotions of Soundtracks; ``a2mid2e_joint`` those tracks of it that the
    mid-level set holds too; ``a2mid2e`` all of the mid-level set, and Soundtracks for its second
    layer. A track is in the same split wherever it occurs.

    Parameters
    ----------
    scheme : str
        One of `networks.a2mid2e.SCHEMES`.
    mid_level, soundtracks : pathlib.Path or None
        Folders of the data sets.
    seed : int
        Of the splits.

    Returns
    -------
    dict
        ``train``, ``validation`` and ``test`` to recordings.

    Raises
    ------
    TrainingError
        When a data set that the scheme needs is not named.
    """
    if soundtracks is None or (scheme != "a2e" and mid_level is None):
        needs = "Soundtracks" if scheme == "a2e" else "Soundtracks and the mid-level set"
        raise TrainingError(f"The scheme {scheme} needs {needs}, one is not named.")
    songs = [] if mid_level is None else load_mid_level(mid_level)
    pairs = join_mid_level(load_soundtracks(soundtracks), songs)
    if scheme == "a2mid2e_joint":
        pairs = [(track, song) for track, song in pairs if song is not None]
    rated = [_rate(track, song, soundtracks) for track, song in pairs]
    rows = split_soundtracks(len(rated), seed=seed)
    chosen = {
        name: [rated[row] for row in part]
        for name, part in zip(("train", "validation", "test"), rows, strict=True)
    }
    if scheme == "a2mid2e" and mid_level is not None:
        others = [song for song in songs if song.source.strip().lower() != SOURCE]
        for name, part in zip(chosen, split_mid_level(others, seed=seed), strict=True):
            chosen[name] += [
                Rated(others[row].find_audio(mid_level), others[row].features) for row in part
            ]
    return chosen


def train_recorded(
    recordings: dict[str, list[Rated]],
    settings: Settings,
    work_dir: Path,
    out_dir: Path,
    *,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Train on recordings and write weights and log.

    Parameters
    ----------
    recordings : dict
        From `choose_recordings`.
    settings : Settings
        How.
    work_dir, out_dir : pathlib.Path
        Where spectrograms and the checkpoint lie; where weights and log go.
    progress : callable, optional
        Told (stage, done, total).

    Returns
    -------
    dict
        The log: settings, splits, correlations of the test split, epochs.
    """
    report = progress or (lambda stage, done, total: None)
    examples = {}
    for name, part in recordings.items():
        spectrograms = []
        for done, rated in enumerate(part):
            report(f"Reading {name}", done, len(part))
            spectrograms.append(read_spectrogram(rated.path, work_dir))
        examples[name] = Examples(
            spectrograms,
            np.array([rated.features for rated in part]),
            np.array([rated.emotions for rated in part]),
        )
    network, epochs = train_network(
        examples["train"],
        examples["validation"],
        settings,
        work_dir,
        progress=lambda done, total, loss: report(f"Training, loss {loss:.4f}", done, total),
    )
    test = examples["test"]
    targets = network.config.targets
    ratings = np.concatenate((test.emotions, test.features), axis=1)[:, : len(targets)]
    correlations = correlate_targets(predict(network, test), ratings, targets)
    log: dict[str, object] = {
        "name": settings.network.scheme,
        "settings": asdict(settings),
        "n": {name: len(part) for name, part in examples.items()},
        "r": {
            target: {"estimate": c.estimate, "low": c.low, "high": c.high, "n": c.n}
            if c.reason is None
            else {"estimate": None, "n": c.n, "reason": c.reason}
            for target, c in correlations.items()
        },
        "epochs": epochs,
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    save_network(network, FRONT_END, out_dir / f"{settings.network.scheme}.safetensors")
    path = out_dir / f"{settings.network.scheme}.json"
    path.write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")
    return log


def read_spectrogram(path: Path, work_dir: Path) -> np.ndarray:
    """The log-filtered spectrogram of a recording, from the cache when it is there.

    Parameters
    ----------
    path : pathlib.Path
        A sound file.
    work_dir : pathlib.Path
        Holds the cache.

    Returns
    -------
    numpy.ndarray, shape=(149, n_frames), float16
        Of the sound without silent ends, peak 1.
    """
    audio = load_audio(path)
    cached = work_dir / "spectrograms" / f"{audio.digest}.npy"
    if cached.is_file():
        spectrogram: np.ndarray = np.load(cached)
        return spectrogram
    y = np.trim_zeros(resample(audio, FRONT_END.sr, round(audio.seconds * FRONT_END.sr)))
    if not len(y):
        raise TrainingError(f"A recording must hold sound, {path.name!r} is silent.")
    spectrogram = FRONT_END(y / np.abs(y).max()).numpy().astype(np.float16)
    cached.parent.mkdir(parents=True, exist_ok=True)
    partial = cached.with_suffix(".partial.npy")
    np.save(partial, spectrogram)
    partial.replace(cached)
    return spectrogram


def _rate(track: SoundtracksTrack, song: MidLevelSong | None, root: Path) -> Rated:
    path = track.find_audio(root)
    if song is None:
        return Rated(path, emotions=track.emotions)
    return Rated(path, song.features, track.emotions)
