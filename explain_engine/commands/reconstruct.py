"""The command `reconstruct FILE --mask MASK.npy`: the sound of the cells that a mask keeps."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.errors import EngineError

if TYPE_CHECKING:
    import numpy as np


def add_reconstruct(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "reconstruct", help="turn the cells of a spectrogram that a mask keeps into sound"
    )
    parser.set_defaults(run=run_reconstruct)
    parser.add_argument("file", metavar="FILE", help="WAV, FLAC, OGG or MP3")
    parser.add_argument(
        "--mask",
        required=True,
        type=Path,
        metavar="MASK.npy",
        help="shape (n_bands, n_frames) in [0, 1] on the log-filtered spectrogram's grid",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="OUT.wav", help="24-bit WAV")
    parser.add_argument("--start", type=float, default=0.0, help="second of the excerpt's start")
    parser.add_argument("--duration", type=float, help="seconds (default: to the end)")
    parser.add_argument("--sr", type=int, default=22050, help="rate of the grid (default: 22050)")
    parser.add_argument("--fps", type=float, default=31.25, help="frames a second (31.25)")
    parser.add_argument(
        "--method", default="stft_mask", help="stft_mask, pinv, nnls or griffin_lim"
    )


def run_reconstruct(arguments: argparse.Namespace) -> None:
    mask = _read_mask(arguments.mask)
    # slow import: torch, soundfile
    import soundfile

    from explain_engine.audio import Audio, load_audio
    from explain_engine.excerpt import resample
    from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
    from explain_engine.reconstruction import reconstruct

    front_end = LogFilteredSpectrogram(sr=arguments.sr, fps=arguments.fps)
    audio = load_audio(arguments.file, start=arguments.start, duration=arguments.duration)
    n_samples = round(len(audio.y) * front_end.sr / audio.sr)
    sound = Audio(resample(audio, front_end.sr, n_samples), front_end.sr)
    result = reconstruct(sound, mask, front_end=front_end, method=arguments.method)
    soundfile.write(arguments.out, result.y, result.sr, subtype="PCM_24", format="WAV")
    print(f"Written: {arguments.out}, {len(result.y) / result.sr:.2f} s at {result.sr} Hz")


def _read_mask(path: Path) -> np.ndarray:
    import numpy as np

    try:
        # No pickle: an array file must not run code.
        mask = np.load(path, allow_pickle=False)
    except ValueError as error:
        raise EngineError(f'"{path.name}" must hold a NumPy array of numbers, it does not.') from (
            error
        )
    if not isinstance(mask, np.ndarray):
        raise EngineError(f'"{path.name}" must hold one NumPy array (.npy), not an archive.')
    return mask
