"""Ready values for the pages: words, numbers as they are printed, paths to draw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from evalsite.clips.engine import format_number, format_percent, format_signed
from evalsite.clips.level1 import make_query, name_plainly, show_level1
from evalsite.clips.models import Clip, Explanation
from evalsite.clips.scores import DECISIVE, show_effort, show_score
from evalsite.common.blobs import find_blob

State = Explanation.State
WORDS = {
    State.QUEUED: "Waiting",
    State.RUNNING: "Running",
    State.DONE: "Done",
    State.FAILED: "Failed",
}
# kind -> title, what it is (with the target), colour of its waveform
KINDS = {
    "original": ("Original", "the whole excerpt", "w-ink"),
    "kept": ("Kept", "what speaks {selection} {target}", "w-blue"),
    "removed": ("Removed", "the rest", "w-red"),
    "control_area": ("Control: same area", "chosen at random", "w-grey"),
    "control_energy": ("Control: same energy", "chosen at random", "w-grey"),
    "control_whole": ("Control: whole", "all components, resynthesised", "w-grey"),
    "control_phase_only": ("Control: phase only", "nothing shown but phase", "w-grey"),
    "control_random_phase": ("Control: random phase", "kept without its phase", "w-grey"),
    "control_other_target": ("Control: other target", "what another target kept", "w-grey"),
    "control_other_seed": ("Control: other seed", "what another seed kept", "w-grey"),
    "control_other_recording": (
        "Control: other recording",
        "kept’s patches of other music",
        "w-grey",
    ),
}


def show_queue(explanations: Iterable[Explanation]) -> list[dict[str, Any]]:
    return [show_job(explanation) for explanation in explanations]


def show_job(explanation: Explanation) -> dict[str, Any]:
    """One job as data; the page renders it and the script renews it from the same."""
    is_running = explanation.state == State.RUNNING
    done, total = explanation.progress_done, explanation.progress_total
    return {
        "pk": explanation.pk,
        "title": explanation.recording.title,
        "targets": ", ".join(explanation.targets),
        "model": explanation.model.title,
        "span": format_span(explanation),
        "state": explanation.state,
        "word": WORDS[State(explanation.state)],
        "done": done,
        "total": total,
        "progress": f"{done:,} of {total:,}" if is_running and total else "",
        "error": explanation.error,
        "attempts": explanation.attempts,
        "url": reverse("explanation", args=[explanation.pk]),
        "retry_url": reverse("retry_explanation", args=[explanation.pk]),
        "delete_url": reverse("delete_explanation", args=[explanation.pk]),
    }


def format_span(explanation: Explanation) -> str:
    start = explanation.recipe.get("start", 0.0)
    end = start + explanation.recipe.get("duration", 0.0)
    return f"{format_clock(start)} to {format_clock(end)}"


def format_clock(seconds: float) -> str:
    """0:07, 12:03.5: tenths only where there are some."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    text = f"{minutes}:{rest // 10:02d}"
    return f"{text}.{rest % 10}" if rest % 10 else text


def draw_envelope(envelope: list[float], *, width: int, height: int, loudest: float = 1.0) -> str:
    """A waveform's outline as SVG path data, mirrored at the middle; `loudest` fills the height."""
    if not envelope:
        return ""
    middle, step = height / 2, width / len(envelope)
    # A hairline stays where there is silence.
    halves = [max(0.4, peak / loudest * (middle - 1)) for peak in envelope]
    xs = [(number + 0.5) * step for number in range(len(envelope))]
    upper = [f"{x:.1f} {middle - half:.1f}" for x, half in zip(xs, halves, strict=True)]
    lower = [f"{x:.1f} {middle + half:.1f}" for x, half in zip(xs, halves, strict=True)]
    return "M" + "L".join([*upper, *reversed(lower)]) + "z"


def show_explanation(
    explanation: Explanation, target: str, emotion: str | None, clips: list[Clip]
) -> dict[str, Any]:
    manifest = explanation.manifest
    found = manifest["targets"][target]
    recipe = explanation.recipe
    # One scale for all clips, so that their waveforms can be compared.
    loudest = max((max(clip.envelope, default=0.0) for clip in clips), default=0.0) or 1.0
    return {
        "target": target,
        "title": name_plainly(target),
        "targets": show_targets(explanation, target, emotion),
        "level1": None if emotion is None else show_level1(explanation, emotion, target),
        "prediction": format_number(manifest["prediction"][target]),
        "base": format_number(manifest["base"][target]),
        "outputs": show_outputs(explanation, target, emotion),
        "selection": recipe["selection"],
        "opposite": "against" if recipe["selection"] == "for" else "for",
        "summary": summarise_recipe(explanation),
        "span": format_span(explanation),
        "spectrogram": read_figure(explanation, target, "spectrogram"),
        "weights": read_figure(explanation, target, "weights"),
        "weights_note": describe_weights(found, clips),
        "clips": [show_clip(clip, target, recipe, loudest) for clip in order_clips(clips)],
        "duration": f"{recipe['duration']:g}",
        "loudness": format_loudness(manifest["loudness_lufs"]),
        "verdict": found["verdict"],
        "is_weak": any(s["is_weak"] for s in found["scores"] if s["name"] in DECISIVE),
        "scores": [*map(show_score, found["scores"]), *show_effort(manifest["run"])],
        "recipe": list_recipe(explanation),
    }


def show_targets(
    explanation: Explanation, current: str, emotion: str | None
) -> list[dict[str, Any]]:
    return [
        {
            "name": name_plainly(name),
            "is_current": name == current,
            "url": make_address(explanation, name, emotion) + "#listened",
        }
        for name in explanation.targets
    ]


def make_address(explanation: Explanation, target: str, emotion: str | None) -> str:
    """The page of a target, level 1 staying where it is unless the target is an emotion itself."""
    level1 = explanation.manifest.get("level1")
    if level1 is None:
        return "?" + urlencode({"target": target})
    return make_query(target if target in level1["emotions"] else emotion, target)


def show_outputs(
    explanation: Explanation, target: str, emotion: str | None
) -> list[dict[str, Any]]:
    """Every output of the model, emotions before features; bars need a known range.

    A target of the recipe leads to its components, any other emotion to its effects.
    """
    manifest = explanation.manifest
    level1 = manifest.get("level1")
    outputs = manifest["all_predictions"]
    low, high = min(0.0, *outputs.values()), max(1.0, *outputs.values())
    features = set(level1["features"]) if level1 else set()
    groups = (
        [("Emotions", lambda name: name not in features), ("Features", features.__contains__)]
        if level1
        else [("", lambda name: True)]
    )
    return [
        {
            "title": title,
            "rows": [
                show_output(explanation, name, value, (low, high), target, emotion)
                for name, value in sorted(outputs.items(), key=lambda pair: -pair[1])
                if belongs(name)
            ],
        }
        for title, belongs in groups
    ]


def show_output(
    explanation: Explanation,
    name: str,
    value: float,
    span: tuple[float, float],
    target: str,
    emotion: str | None,
) -> dict[str, Any]:
    level1 = explanation.manifest.get("level1")
    scale = 100 / (span[1] - span[0])
    first, last = sorted((0.0, value))
    url = ""
    if name in explanation.targets:
        url = make_address(explanation, name, emotion)
    elif level1 and name in level1["emotions"]:
        url = make_query(name, target)
    return {
        "name": name_plainly(name),
        "value": format_number(value),
        "x": round((first - span[0]) * scale, 1),
        "width": round((last - first) * scale, 1),
        "is_current": name in (target, emotion),
        "url": url,
    }


def read_figure(explanation: Explanation, target: str, name: str) -> SafeString:
    """The SVG's text. Safe: our own worker drew it, from numbers and escaped names."""
    path = find_blob(explanation.figures[target][name])
    return mark_safe(path.read_text(encoding="utf-8")) if path.is_file() else SafeString("")


def describe_weights(found: dict[str, Any], clips: list[Clip]) -> str:
    weights, selected = found["weights"], found["selected"]
    kept = next(clip for clip in clips if clip.kind == "kept")
    chosen = [weights[i] for i in selected]
    is_for = sum(chosen) >= 0
    same_side = [w for w in weights if (w > 0) == is_for and w]
    share = sum(chosen) / sum(same_side) if same_side else 0.0
    side = "positive" if is_for else "negative"
    return (
        f"The {len(selected)} chosen of {len(weights)} components are "
        f"{format_percent(kept.area)} of the picture and carry {format_percent(share)} of the "
        f"{side} weight."
    )


def order_clips(clips: list[Clip]) -> list[Clip]:
    order = list(KINDS)
    return sorted(
        clips, key=lambda c: (order.index(c.kind) if c.kind in order else len(order), c.kind)
    )


def show_clip(clip: Clip, target: str, recipe: dict[str, Any], loudest: float) -> dict[str, Any]:
    title, about, colour = KINDS.get(clip.kind, (clip.kind.replace("_", " "), "", "w-grey"))
    facts = clip.facts
    heard = facts["output_after_alignment"][target]
    return {
        "pk": clip.pk,
        "kind": clip.kind,
        "title": title,
        "about": about.format(selection=recipe["selection"], target=name_plainly(target)),
        "colour": colour,
        "path": draw_envelope(clip.envelope, width=420, height=40, loudest=loudest),
        "url": reverse("clip_audio", args=[clip.pk]),
        "duration": f"{clip.duration:.3f}",
        "shares": ""
        if clip.kind == "original"
        else f"{format_percent(clip.area)} of area, {format_percent(clip.energy)} of energy",
        "heard": f"model hears {name_plainly(target)} {format_number(heard)}",
        "details": detail_clip(clip),
        "note": facts.get("note") or "",
    }


def detail_clip(clip: Clip) -> str:
    """Loudness, gain, peak, and how a control differs from kept, in one line."""
    facts = clip.facts
    parts = []
    overlap = facts.get("overlap_with_kept")
    if overlap is not None and clip.kind.startswith("control_"):
        parts.append(f"{format_percent(overlap)} of kept is in it too")
    difference = facts.get("difference_to_kept")
    if difference is not None:
        if facts["difference_unit"] == "dB":
            parts.append(f"energy {format_signed(difference, 'dB')} against kept")
        else:
            parts.append(f"area {format_signed(100 * difference, '%', 0)} against kept")
    if clip.loudness_after is not None:
        parts.append(format_loudness(clip.loudness_after))
    if clip.gain_db is not None:
        capped = " (as much as allowed)" if facts.get("gain_capped") else ""
        parts.append(f"gain {format_signed(clip.gain_db, 'dB')}{capped}")
    if clip.true_peak is not None:
        parts.append(f"peak {format_signed(clip.true_peak, 'dBTP')}")
    return " · ".join(parts)


def format_loudness(value: float) -> str:
    return f"{value:.1f} LUFS".replace("-", "−")


def summarise_recipe(explanation: Explanation) -> str:
    recipe, manifest = explanation.recipe, explanation.manifest
    return " · ".join(
        (
            explanation.model.title,
            f"{recipe['explainer']}, {recipe['n_samples']:,} samples",
            f"{manifest['n_components']} components by {recipe['segmenter']}",
            f"seed {recipe['seed']}",
        )
    )


def list_recipe(explanation: Explanation) -> list[tuple[str, str]]:
    """The whole recipe and what else decided the result, as pairs."""
    pairs = [(key.replace("_", " "), format_value(v)) for key, v in explanation.recipe.items()]
    return [
        *pairs,
        ("recipe digest", explanation.recipe_digest),
        ("recording", explanation.recording.sha256),
        ("engine version", explanation.engine_version),
        ("device, precision", f"{explanation.device}, {explanation.dtype}"),
        ("weights digest", explanation.weights_digest),
        ("model’s licence", explanation.model.licence),
        ("working time", f"{explanation.seconds or 0:.1f} s, attempt {explanation.attempts}"),
    ]


def format_value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {format_value(v)}" for key, v in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
