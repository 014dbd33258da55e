"""The rendered data set: pieces composed, played, measured and turned into spectrograms.

Each split is made in shards, files of up to `SHARD` excerpts; a shard that exists is not made
again, so an interrupted run goes on where it stopped. Piece i of a split depends on the seed, the
split and i alone.

Conventions: spectrograms float16, shape=(n, 149, 313); measures in the order of
`measures.MEASURES`.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from explain_engine.errors import EngineError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.training.composer import compose
from explain_engine.training.measures import measure
from explain_engine.training.performance import perform
from explain_engine.training.synthesis import SR, Orchestra

SHARD = 100
FRONT_END = LogFilteredSpectrogram(sr=SR)
# Pieces of one split never meet another's; all tests of other sound share the test's pieces.
PIECE_SETS = {"train": 0, "validation": 1, "test": 2, "programs": 3}


@dataclass(frozen=True)
class Split:
    """A part of the data set.

    Parameters
    ----------
    name : str
        Of its files.
    pieces : str
        Which pieces: a key of `PIECE_SETS`.
    n_pieces : int
        How many.
    soundfonts : tuple of pathlib.Path
        Each piece is played by one of them.
    seed : int
        Of the data set.
    """

    name: str
    pieces: str
    n_pieces: int
    soundfonts: tuple[Path, ...]
    seed: int

    def __post_init__(self) -> None:
        if self.n_pieces < 8:
            raise EngineError(f"A split must hold 8 pieces or more, got {self.n_pieces}.")
        if not self.soundfonts:
            raise EngineError(f"The split {self.name} needs a soundfont, got none.")

    def shards(self) -> Iterator[tuple[int, int]]:
        """First piece and the one after the last, of each shard."""
        for first in range(0, self.n_pieces, SHARD):
            yield first, min(first + SHARD, self.n_pieces)

    def path(self, work_dir: Path, first: int, last: int) -> Path:
        """File of a shard."""
        return work_dir / f"{self.name}-{self.seed}-{first:05d}-{last:05d}.npz"


def make_split(
    split: Split,
    work_dir: Path,
    *,
    n_processes: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Make the shards that are missing.

    Parameters
    ----------
    split : Split
        What to make.
    work_dir : pathlib.Path
        Where the shards lie.
    n_processes : int
        Processes at work.
    progress : callable, optional
        Told (shards done, shards in all).
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    shards = list(split.shards())
    jobs = [(split, work_dir, *shard) for shard in shards]
    jobs = [job for job in jobs if not split.path(*job[1:]).exists()]
    n_done = len(shards) - len(jobs)
    if progress:
        progress(n_done, len(shards))
    if not jobs:
        return
    with _open_pool(min(n_processes, len(jobs))) as run_jobs:
        for _ in run_jobs(_make_shard, jobs):
            n_done += 1
            if progress:
                progress(n_done, len(shards))


@contextmanager
def _open_pool(n_processes: int) -> Iterator[Callable[..., Iterator[None]]]:
    """Something that maps over jobs in `n_processes` processes; 1 is this one."""
    if n_processes == 1:
        yield map
        return
    # Forking a process in which torch has threads may hang.
    with multiprocessing.get_context("spawn").Pool(n_processes) as pool:
        yield pool.imap_unordered


def load_split(split: Split, work_dir: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a finished split: spectrograms and measures."""
    shape = (split.n_pieces, FRONT_END.n_bands, 313)
    spectrograms = np.empty(shape, dtype=np.float16)
    measures = []
    for first, last in split.shards():
        with np.load(split.path(work_dir, first, last)) as shard:
            spectrograms[first:last] = shard["spectrograms"]
            measures.append(shard["measures"])
    return spectrograms, np.concatenate(measures)


def render_excerpt(split: Split, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Compose, play and measure one piece.

    Parameters
    ----------
    split : Split
        Which split.
    index : int
        Which piece of it.

    Returns
    -------
    y : numpy.ndarray, shape=(n_samples,), float32
        Ten seconds at 22,050 Hz.
    measures : numpy.ndarray, shape=(n_measures,)
        Its measures.
    """
    rng = np.random.default_rng((split.seed, PIECE_SETS[split.pieces], index))
    piece = compose(rng, held_out_programs=split.pieces == "programs")
    performance = perform(piece, rng)
    soundfont = split.soundfonts[int(rng.integers(len(split.soundfonts)))]
    return _open_orchestra(soundfont).play(piece, performance), measure(piece, performance)


@lru_cache(maxsize=4)
def _open_orchestra(path: Path) -> Orchestra:
    return Orchestra(path)


def _make_shard(job: tuple[Split, Path, int, int]) -> None:
    # slow import: torch
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    split, work_dir, first, last = job
    spectrograms, measures = [], []
    for index in range(first, last):
        y, values = render_excerpt(split, index)
        spectrograms.append(FRONT_END(y).numpy().astype(np.float16))
        measures.append(values)
    path = split.path(work_dir, first, last)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("wb") as file:
        np.savez(file, spectrograms=np.array(spectrograms), measures=np.array(measures))
    partial.replace(path)
    torch.set_num_threads(n_threads)
