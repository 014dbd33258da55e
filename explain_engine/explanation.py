"""From a recording and a recipe to an explanation."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np

from explain_engine.analysis import Analysis
from explain_engine.answers import Answers, identify_questions
from explain_engine.audio import Audio
from explain_engine.clip_scores import score_clips
from explain_engine.clips import Clip, Plan, make_clips, plan_clips
from explain_engine.components import Components
from explain_engine.curves import Curves, count_curve_forwards, measure_curves
from explain_engine.effects import Effects, compute_model_effects
from explain_engine.excerpt import cut_excerpt, resample
from explain_engine.execution import (
    BATCH_SIZES,
    check_execution,
    check_precision,
    limit_threads,
)
from explain_engine.explainers.base import Attribution, Explainer, Problem
from explain_engine.forward import Asker
from explain_engine.layout import lay_out
from explain_engine.models import ModelDescription, describe_model, load_model
from explain_engine.models.base import Model
from explain_engine.perturbation import Perturbation, SoundPerturbation, perturb
from explain_engine.preparation import prepare_components
from explain_engine.recipe import EXPLAINERS, Recipe
from explain_engine.result import Explanation
from explain_engine.scores import (
    Score,
    give_verdict,
    score_curves,
    score_selection,
    score_weights,
)
from explain_engine.selection import select_components

logger = logging.getLogger(__name__)


def explain(
    audio: Audio,
    recipe: Recipe,
    *,
    device: str = "cpu",
    dtype: str = "float32",
    threads: int | None = None,
    batch_size: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    other: Audio | None = None,
    answers: str | os.PathLike[str] | None = None,
) -> Explanation:
    """Explain a model's output on an excerpt.

    The excerpt is cut and resampled to the model's rate, its picture is segmented, the sound (on
    the complex STFT) or the model's own picture is masked, the model is asked about each masking,
    weights are fitted, and clips are made of the strongest components. All targets share the
    forward passes.

    Parameters
    ----------
    audio : Audio
        The recording, or a part of it that holds the excerpt.
    recipe : Recipe
        What to do.
    device : str
        ``"cpu"``, or ``"cuda"`` where there is one.
    dtype : {"float32", "bfloat16"}
        Precision of the forward passes. The lower one is faster where the processor knows it; it
        is refused where its errors are more than a tenth of the outputs' range.
    threads : int, optional
        Threads to use; by default those the process may run on.
    batch_size : int, optional
        Maskings per forward pass, at most: halved where memory runs out. By default 8 on a
        processor, 64 on a graphics card.
    progress : callable, optional
        Called with (done, total) forwards.
    is_cancelled : callable, optional
        Asked before each batch; True ends the work with :class:`Cancelled`.
    other : Audio, optional
        Another recording, or a part of it, for ``control_other_recording``: its first seconds.
    answers : path, optional
        A folder that keeps what the model said of each masking. A run that was killed goes on
        from there and ends in the same weights; another kernel, penalty or selection over the
        same maskings asks nothing again.

    Returns
    -------
    Explanation
        Weights, scores, clips.

    Raises
    ------
    EngineError
        With one sentence, if anything cannot be done.
    """
    threads = check_execution(device, dtype, threads, batch_size)
    description = describe_model(recipe.model)
    description.check_recipe(recipe)
    started = time.perf_counter()
    logger.info("explaining %s by %s, recipe %s", recipe.targets, recipe.model, recipe.digest())
    batch_size = batch_size or BATCH_SIZES[device]
    with limit_threads(threads):
        model = load_model(recipe.model, device=device, threads=threads, dtype=dtype)
        components = prepare_components(audio, recipe, model, device)
        perturbation = perturb(model, components)
        if dtype != "float32":
            exact = load_model(recipe.model, device=device, threads=threads)
            columns = {target: model.targets.index(target) for target in recipe.targets}
            check_precision(perturb(exact, components), perturbation, components.n, columns)
        explainer: Explainer = EXPLAINERS.make(recipe.explainer, recipe.explainer_parameters)
        n_targets = len(recipe.targets)
        n_asked = explainer.count_forwards(components.n, n_targets, recipe.n_samples)
        if "control_other_seed" in recipe.controls:
            n_asked *= 2
        n_clips = 1 + n_targets * (2 + len(recipe.controls))
        total = n_asked + n_targets * count_curve_forwards(components.n) + 1 + 3 * n_clips
        facts = {
            "model": recipe.model,
            "weights": description.weights_digest,
            "device": device,
            "dtype": dtype,
            "threads": threads,
            "transform": [recipe.n_fft, recipe.hop_length],
        }
        with _open_answers(answers, perturbation, components, facts) as known:
            asker = Asker(model, recipe.targets, batch_size, progress, is_cancelled, total, known)
            result = _explain_components(
                components, perturbation, recipe, explainer, asker, description, audio, other
            )
    asker.finish()
    seconds = time.perf_counter() - started
    result.run.update(
        seconds=round(seconds, 3),
        n_forwards=asker.n_forwards,
        n_reused=asker.n_reused,
        batch_size=asker.batch_size,
        threads=threads,
    )
    logger.info("explained recipe %s in %.1f s", recipe.digest(), seconds)
    return result


def _open_answers(
    folder: str | os.PathLike[str] | None,
    perturbation: Perturbation,
    components: Components,
    facts: dict[str, object],
) -> AbstractContextManager[Answers | None]:
    if folder is None:
        return nullcontext()
    return Answers(folder, identify_questions(perturbation, components, facts), components.n)


def _explain_components(
    components: Components,
    perturbation: Perturbation,
    recipe: Recipe,
    explainer: Explainer,
    asker: Asker,
    description: ModelDescription,
    audio: Audio,
    other: Audio | None,
) -> Explanation:
    attribution = _attribute(components, recipe, explainer, asker, perturbation, recipe.seed)
    selected = _select(components, recipe, attribution)
    plans = plan_clips(
        components,
        selected,
        recipe.controls,
        recipe.seed,
        select_again=lambda: _select(
            components,
            recipe,
            _attribute(
                components, recipe, explainer, asker, perturbation, (recipe.seed + 1) % 2**32
            ),
        ),
        other=None if other is None else _cut_other(other, recipe, components.analysis),
    )
    loudness, bare = make_clips(components, plans)
    nothing = perturbation.apply(np.zeros((1, components.n), dtype=bool))
    base = _name(description, asker.ask(nothing, perturbation.predict)[0])
    clips = _ask_about_clips(plans, bare, asker, perturbation, description)
    curves = {
        target: _measure_curves(i, recipe, attribution, asker, perturbation)
        for i, target in enumerate(recipe.targets)
    }
    scores = {
        target: _score_target(i, target, recipe, attribution, selected[target], clips, base)
        + score_curves(curves[target], recipe.selection)
        for i, target in enumerate(recipe.targets)
    }
    for found in scores.values():
        found.sort(key=lambda score: not score.is_weak)
    return Explanation(
        recipe=recipe,
        model=description,
        recording_digest=audio.digest,
        device=asker.model.device,
        dtype=asker.model.dtype,
        components=components,
        prediction={target: clips[0].output_scored[target] for target in recipe.targets},
        all_predictions=clips[0].output_scored,
        base={target: base[target] for target in recipe.targets},
        level1=_find_level1(asker.model, clips[0].output_scored),
        attribution=attribution,
        selected=selected,
        curves=curves,
        all_scores=scores,
        verdicts={
            target: give_verdict(scores[target], attribution, recipe.stability)
            for target in recipe.targets
        },
        clip_records=clips,
        loudness_lufs=loudness,
        other_recording_digest=(
            other.digest
            if other is not None and "control_other_recording" in recipe.controls
            else None
        ),
    )


def _ask_about_clips(
    plans: list[Plan],
    bare: list[Clip],
    asker: Asker,
    perturbation: Perturbation,
    description: ModelDescription,
) -> tuple[Clip, ...]:
    """Ask about what was scored, about what is heard of it, and about the files."""
    before = asker.ask(np.stack([clip.raw for clip in bare]))
    after = asker.ask(np.stack([clip.audio.y for clip in bare]))
    inputs = perturbation.apply(np.stack([plan.mask for plan in plans]))
    own = {i: plan.control for i, plan in enumerate(plans) if plan.control is not None}
    for i, control in own.items():
        if control.picture is not None:
            inputs[i] = control.picture
    scored = asker.ask(inputs, perturbation.predict)
    for i, control in own.items():
        # A sound of its own without a picture, in the domain audio, is all there is to score.
        if control.sound is not None and isinstance(perturbation, SoundPerturbation):
            scored[i] = before[i]
    return tuple(
        clip.with_outputs(*(_name(description, rows[i]) for rows in (scored, before, after)))
        for i, clip in enumerate(bare)
    )


def _attribute(
    components: Components,
    recipe: Recipe,
    explainer: Explainer,
    asker: Asker,
    perturbation: Perturbation,
    seed: int,
) -> Attribution:
    return explainer(
        Problem(
            n_components=components.n,
            n_targets=len(recipe.targets),
            n_samples=recipe.n_samples,
            rng=np.random.default_rng(seed),
            evaluate=lambda masks: asker.ask_masks(perturbation, masks),
            differentiate=lambda gains: asker.ask_gains(perturbation, gains),
            stability=recipe.stability,
            layout=lay_out(components),
        )
    )


def _select(
    components: Components, recipe: Recipe, attribution: Attribution
) -> dict[str, np.ndarray]:
    return {
        target: select_components(
            attribution.weights[i],
            components.is_audible,
            recipe.n_selected,
            selection=recipe.selection,
            target=target,
            is_alone=len(recipe.targets) == 1,
        )
        for i, target in enumerate(recipe.targets)
    }


def _measure_curves(
    index: int,
    recipe: Recipe,
    attribution: Attribution,
    asker: Asker,
    perturbation: Perturbation,
) -> Curves:
    return measure_curves(
        attribution.weights[index],
        recipe.selection,
        lambda masks: asker.ask_masks(perturbation, masks)[:, index],
    )


def _cut_other(other: Audio, recipe: Recipe, analysis: Analysis) -> np.ndarray:
    excerpt = cut_excerpt(other, other.offset, recipe.duration)
    return resample(excerpt, analysis.sr, analysis.n_samples)


def _score_target(
    index: int,
    target: str,
    recipe: Recipe,
    attribution: Attribution,
    selected: np.ndarray,
    clips: tuple[Clip, ...],
    base: dict[str, float],
) -> list[Score]:
    own = {clip.kind: clip for clip in clips if clip.target in (None, target)}
    weights = attribution.weights[index]
    return (
        score_selection(weights, selected, target, recipe.selection)
        + score_weights(attribution, index, recipe.n_selected, recipe.selection)
        + score_clips(own, target, base[target], recipe.selection)
    )


def _find_level1(model: Model, outputs: dict[str, float]) -> Effects | None:
    return None if model.linear_head is None else compute_model_effects(model, outputs)


def _name(description: ModelDescription, row: np.ndarray) -> dict[str, float]:
    return dict(zip(description.targets, (float(value) for value in row), strict=True))
