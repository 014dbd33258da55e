"""One measurement of the engine in a process of its own: `measure_engine.py WORK ...`.

Prints a JSON object; seconds are CPU time of one thread.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from explain_engine import Audio, Recipe, explain
from explain_engine.execution import measure_error
from explain_engine.explainers.base import Problem
from explain_engine.forward import Asker
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.models import MODELS, load_model
from explain_engine.models.base import Model
from explain_engine.networks.names import FEATURES
from explain_engine.perturbation import PicturePerturbation, SoundPerturbation
from explain_engine.picture_patches import PicturePatches
from explain_engine.preparation import prepare_components
from explain_engine.recipe import EXPLAINERS, MAX_SAMPLES
from explain_engine.reconstruction import reconstruct
from tests.bench.bench_analysis import read_peak_mb
from tests.bench.engine_networks import (
    SECONDS,
    START,
    TARGETS,
    Null,
    Paper,
    answer_at_once,
    ask_plain,
    load_plain,
    load_song,
    write_paper,
)
from tests.bench.engine_peers import LIME_BATCH, Lime, PlainAnalysis

# The paper's scale, 25, is the default; of its smallest size, 40, this song has 375 components.
PAPERS = {"min_size": 35}
LIME_PARAMETERS = {"keep_probability": 0.5}
N_SAMPLES, N_FEW, N_ROUNDS = 1000, 40, 3


def time_cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def make_recipe(model: str, **changes: Any) -> Recipe:
    chosen = {
        "start": START,
        "duration": SECONDS,
        "domain": "spectrogram",
        "segmenter_parameters": PAPERS,
        "n_samples": N_SAMPLES,
        "stability": None,
        "explainer_parameters": LIME_PARAMETERS,
        **changes,
    }
    return Recipe(model=model, targets=chosen.pop("targets", TARGETS), **chosen)


def cut(model: Model) -> PicturePatches:
    components = prepare_components(load_song(), make_recipe(model.name), model, "cpu")
    assert isinstance(components, PicturePatches)
    return components


def ask_all(model: Model, components: PicturePatches) -> Callable[[np.ndarray], np.ndarray]:
    perturbation = PicturePerturbation(model, components)
    asker = Asker(model, TARGETS, 8, None, None, 0)
    return lambda masks: asker.ask_masks(perturbation, masks)


def attribute(model: Model, components: PicturePatches, n_samples: int) -> np.ndarray:
    """The whole of what LIME does: maskings, questions, fits; and our halves and checks."""
    problem = Problem(
        n_components=components.n,
        n_targets=len(TARGETS),
        n_samples=n_samples,
        rng=np.random.default_rng(0),
        evaluate=ask_all(model, components),
    )
    return EXPLAINERS.make("lime", LIME_PARAMETERS)(problem).weights


def measure_own_work() -> dict[str, float]:
    model = load_model("null")
    components = cut(model)
    attribute(model, components, 64)
    ours, theirs = [], []
    for _ in range(2):
        ours += [time_cpu(lambda: attribute(model, components, N_SAMPLES)) for _ in range(3)]
        theirs.append(time_cpu(lambda: Lime(components, answer_at_once, len(TARGETS))(N_SAMPLES)))
    return {"ours": min(ours), "peer": min(theirs), "n": components.n}


def measure_forwards() -> dict[str, float]:
    """CPU seconds per sample, one after another in turn; the least of some rounds each."""
    from captum.attr import Lime as CaptumLime

    exact, rough = load_model("paper"), load_model("paper", dtype="bfloat16")
    components = cut(exact)
    lime = Lime(components, ask_plain, len(TARGETS))
    picture = torch.from_numpy(components.analysis.picture)[None]
    captum = CaptumLime(lambda x: load_plain()(x)[:, 8])
    cells = torch.from_numpy(components.labels.astype(np.int64))[None]

    def run_captum() -> None:
        with torch.inference_mode():
            captum.attribute(
                picture, feature_mask=cells, n_samples=N_FEW, perturbations_per_eval=LIME_BATCH
            )

    masks = np.random.default_rng(0).random((N_FEW, components.n)) < 0.5
    works = {
        "ours": lambda: ask_all(exact, components)(masks),
        "rough": lambda: ask_all(rough, components)(masks),
        "captum": run_captum,
    }
    seconds: dict[str, list[float]] = {name: [] for name in (*works, "lime")}
    for _ in range(N_ROUNDS):
        lime.asked_seconds = 0.0
        lime(N_FEW)
        seconds["lime"].append(lime.asked_seconds / N_FEW)
        for name, work in works.items():
            seconds[name].append(time_cpu(work) / N_FEW)
    found = {name: min(values) for name, values in seconds.items()}
    weights, _ = EXPLAINERS.make("lime").fit(lime.masks, ask_all(exact, components)(lime.masks))
    found["difference"] = float(np.abs(weights - lime.weights).max())
    found["relative"] = found["difference"] / float(np.abs(lime.weights).max())
    return found


def measure_precision() -> dict[str, float]:
    """The largest error of bfloat16 as a share of the outputs' range, both networks."""
    found = {}
    for name in ("paper", "a2mid2e"):
        exact, rough = (load_model(name, dtype=dtype) for dtype in ("float32", "bfloat16"))
        components = cut(exact)
        asked = [PicturePerturbation(model, components) for model in (exact, rough)]
        shares = measure_error(asked[0], asked[1], components.n, list(range(len(TARGETS))))
        found[name] = float(shares.max())
    return found


def measure_whole(model: str, n_samples: str, domain: str = "spectrogram") -> dict[str, float]:
    """explain() from the recording to the clips of one target, and what the process held."""
    audio = load_song()
    options: dict[str, Any] = {"targets": FEATURES[:1], "n_samples": int(n_samples)}
    if domain == "audio":
        options |= {"domain": "audio", "segmenter_parameters": {}}
    before = time.process_time()
    result = explain(audio, make_recipe(model, **options), threads=1)
    seconds = time.process_time() - before
    return {
        "seconds": seconds,
        "n_forwards": result.run["n_forwards"],
        "n": result.components.n,
        "peak_mb": read_peak_mb(),
    }


def measure_growth() -> dict[str, float]:
    """Peak memory of 1000 maskings and then of 8192 in one process: asking and fitting."""
    model = load_model("a2mid2e")
    components = cut(model)
    attribute(model, components, N_SAMPLES)
    before = read_peak_mb()
    seconds = time_cpu(lambda: attribute(model, components, MAX_SAMPLES))
    return {"seconds": seconds, "peak_mb": read_peak_mb(), "growth_mb": read_peak_mb() - before}


def measure_peer_memory() -> dict[str, float]:
    lime = Lime(cut(load_model("null")), ask_plain, len(TARGETS))
    lime(100)
    return {"peak_mb": read_peak_mb()}


def measure_audio_analysis() -> dict[str, float]:
    """From a masking to the network's input, per sample."""
    model = load_model("a2mid2e")
    found: dict[str, float] = {}
    for name, parameters in (("few", {}), ("many", {"min_size": 14})):
        recipe = make_recipe("a2mid2e", domain="audio", segmenter_parameters=parameters)
        components = prepare_components(load_song(), recipe, model, "cpu")
        perturbation = SoundPerturbation(model, components)  # type: ignore[arg-type]
        masks = np.random.default_rng(0).random((8, components.n)) < 0.7
        plain = PlainAnalysis(components, model.front_end)

        def analyse(perturbation: Any = perturbation, masks: np.ndarray = masks) -> np.ndarray:
            return model.front_end(torch.from_numpy(perturbation.apply(masks))).numpy()

        np.testing.assert_allclose(analyse()[0], plain(masks[0]), atol=1e-4)
        ours, theirs = [], []
        for _ in range(6):
            ours.append(time_cpu(analyse) / len(masks))
            theirs.append(time_cpu(lambda plain=plain, masks=masks: plain(masks[0])))
        found |= {name: min(ours), f"{name}_peer": min(theirs), f"{name}_n": components.n}
    return found


def measure_reconstruction() -> dict[str, float]:
    front_end = LogFilteredSpectrogram()
    tonal, drums = make_sources(front_end.sr)
    both = Audio(tonal + drums, front_end.sr)
    pictures = [front_end(y).numpy() for y in (tonal, drums)]
    ideal = [10.0**picture - 1.0 for picture in pictures]
    mask = (ideal[0] > ideal[1]).astype(float)
    found: dict[str, float] = {}
    for method in ("stft_mask", "nnls"):
        kept, rest = (
            reconstruct(both, m, front_end=front_end, method=method).y for m in (mask, 1 - mask)
        )
        found[f"{method}_tonal_db"] = measure_sdr(kept, tonal)
        found[f"{method}_drums_db"] = measure_sdr(rest, drums)
        if method == "stft_mask":
            found["sum_error"] = float(np.abs(kept + rest - both.y).max())
        n_rounds = 5 if method == "stft_mask" else 1
        found[method] = min(
            time_cpu(lambda m=method: reconstruct(both, mask, front_end=front_end, method=m))
            for _ in range(n_rounds)
        )
    whole = reconstruct(both, np.ones_like(mask), front_end=front_end).y.astype(float)
    error = np.linalg.norm(whole - both.y) / np.linalg.norm(both.y)
    found["everything_db"] = -20 * float(np.log10(max(error, 1e-20)))
    return found


def make_sources(sr: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten seconds of chords, and of noise bursts over them."""
    t = np.arange(round(10 * sr)) / sr
    rng = np.random.default_rng(0)
    tonal = np.zeros(len(t))
    for i, root in enumerate(np.tile([220.0, 174.6, 261.6, 196.0], 3)[:10]):
        on = (t >= i) & (t < i + 1)
        for hz in (root, root * 1.26, root * 1.5):
            for partial in range(1, 7):
                tonal += on * np.sin(2 * np.pi * hz * partial * t) / partial * 0.06
    bursts = np.exp(-40 * (t % 0.25)) * rng.standard_normal(len(t)) * 0.12
    kick = np.exp(-25 * (t % 0.5)) * np.sin(2 * np.pi * 60 * (t % 0.5)) * 0.4
    return tonal.astype(np.float32), (bursts + kick).astype(np.float32)


def measure_sdr(found: np.ndarray, true: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB."""
    found, true = found.astype(float), true.astype(float)
    aim = (found @ true) / (true @ true) * true
    return float(10 * np.log10((aim @ aim) / ((found - aim) @ (found - aim))))


WORKS: dict[str, Callable[..., dict[str, float]]] = {
    "own_work": measure_own_work,
    "forwards": measure_forwards,
    "precision": measure_precision,
    "whole": measure_whole,
    "growth": measure_growth,
    "peer_memory": measure_peer_memory,
    "audio_analysis": measure_audio_analysis,
    "reconstruction": measure_reconstruction,
}


@contextmanager
def use_one_thread() -> Iterator[None]:
    torch.set_num_threads(1)
    with torch.no_grad():
        yield


if __name__ == "__main__":
    write_paper()
    MODELS.use({"paper": Paper, "null": Null})
    with use_one_thread():
        print(json.dumps(WORKS[sys.argv[1]](*sys.argv[2:])))
