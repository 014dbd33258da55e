"""Reading a file that anybody may have sent: a child process with limits, run as a module.

    python -m evalsite.clips.intake FILE FOLDER

writes FOLDER/recording.flac (24 bit, our own) and FOLDER/facts.json, or facts.json with an error.
Nothing of Django, no secret in the environment; memory, time and output are limited by the kernel.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES = 1536 << 20
CPU_SECONDS = 20
OUTPUT_BYTES = 512 << 20
# Ten minutes of stereo at 96 kHz.
MAX_VALUES = 120_000_000
CHUNK_FRAMES = 65_536
FORMATS = "Choose WAV, FLAC, OGG or MP3."


def limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_upload(path: Path, flac: Path) -> dict[str, Any]:
    """Check a file, write it as our FLAC, tell what it is or, under "error", why not."""
    # The limits must stand before anything big is loaded.
    from evalsite.clips.engine import EngineError

    try:
        problem = find_plain_problem(path)
        return {"error": problem} if problem else transcode(path, flac)
    except EngineError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": f'"{path.name}" needs more memory to decode than a recording may.'}


def find_plain_problem(path: Path) -> str:
    """Say what a file holds if that is plainly no sound."""
    with open(path, "rb") as file:
        head = file.read(4096)
    if not head:
        return f'"{path.name}" is empty (0 bytes). {FORMATS}'
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character may be cut in two by the end of what was read.
        if len(head) < 4096 or error.start < 4092:
            return ""
        text = head[: error.start].decode("utf-8")
    if any(character < " " and character not in "\t\r\n\f" for character in text):
        return ""
    return f'"{path.name}" holds text, not sound. {FORMATS}'


def transcode(path: Path, flac: Path) -> dict[str, Any]:
    """Decode in pieces into 24-bit FLAC; same samples, same digest, whatever the file was."""
    import numpy as np
    import soundfile as sf

    from evalsite.clips.engine import check_header, identify_audio
    from evalsite.clips.envelope import BLOCK, make_envelope, measure_block_peaks

    claimed = check_header(path)
    check_size(claimed.n_samples * claimed.n_channels)
    sha256 = identify_audio(path)
    n_samples = n_clipped = 0
    peaks = []
    with (
        sf.SoundFile(path) as source,
        sf.SoundFile(
            flac, "w", source.samplerate, source.channels, "PCM_24", format="FLAC"
        ) as copy,
    ):
        while len(chunk := source.read(CHUNK_FRAMES // BLOCK * BLOCK, "float32", always_2d=True)):
            n_samples += len(chunk)
            check_size(n_samples * source.channels)
            n_clipped += int(np.count_nonzero(np.abs(chunk) > 1.0))
            peaks.append(measure_block_peaks(chunk))
            copy.write(quantise(chunk))
        facts = {"sample_rate": source.samplerate, "n_channels": source.channels}
    return facts | {
        "sha256": sha256,
        "n_samples": n_samples,
        "n_clipped": n_clipped,
        "envelope": make_envelope(np.concatenate(peaks)),
    }


def quantise(chunk: Any) -> Any:
    """The engine's 24-bit integers, in the upper bits of 32, as libsndfile wants them."""
    import numpy as np

    scaled = np.rint(chunk.astype(np.float64) * 2**23)
    return np.clip(scaled, -(2**23), 2**23 - 1).astype(np.int32) << 8


def check_size(n_values: int) -> None:
    from evalsite.clips.engine import EngineError

    if n_values > MAX_VALUES:
        raise EngineError(
            f"A recording may hold {MAX_VALUES:,} values over all channels (ten minutes of stereo "
            f"at 96 kHz), this one holds {n_values:,}."
        )


def measure_peak_kb() -> int:
    """Most memory this process held; rusage would begin with what the parent held at the fork."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.partition("VmHWM:")[2].split()[0])


def main(arguments: list[str]) -> int:
    limit_resources()
    path, folder = Path(arguments[0]), Path(arguments[1])
    facts = read_upload(path, folder / "recording.flac")
    facts["peak_rss_kb"] = measure_peak_kb()
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
