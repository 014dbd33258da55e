"""The home page as ready values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from evalsite.clips.models import Clip, Explanation
from evalsite.clips.queries import explanations_for
from evalsite.results.charts.axis import axis_to_one
from evalsite.results.charts.intervals import draw_interval_mark
from evalsite.results.findings import findings_of
from evalsite.results.pages.wording import format_interval, format_share, has_interval, join_words
from evalsite.studies.models import Study
from evalsite.studies.queries import studies_with_counts
from evalsite.studies.readiness import list_obstacles

N_LATEST = 5
STATE_WORDS = {"open": "running", "draft": "to open", "closed": "closed"}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def describe_studies(user: AbstractBaseUser) -> list[dict[str, Any]]:
    """Running first, then drafts, then closed ones, the newest first."""
    order = {Study.State.OPEN: 0, Study.State.DRAFT: 1, Study.State.CLOSED: 2}
    studies = sorted(studies_with_counts(user), key=lambda study: order[study.state])
    return [_describe_study(study) for study in studies]


def say_states(studies: Sequence[Mapping[str, Any]]) -> str:
    """Such as: One running, one to open, two closed."""
    counts = Counter(entry["study"].state for entry in studies)
    parts = [
        f"{NUMBERS[n] if n < len(NUMBERS) else n} {STATE_WORDS[state]}"
        for state in STATE_WORDS
        if (n := counts[state])
    ]
    sentence = ", ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""


def describe_workers(user: AbstractBaseUser, library: Mapping[str, int]) -> dict[str, Any]:
    running = explanations_for(user).filter(state=Explanation.State.RUNNING)
    return {
        "running": [
            {
                "name": f"{explanation.recording.title} · {', '.join(explanation.targets)}",
                "done": explanation.progress_done,
                "total": explanation.progress_total,
            }
            for explanation in running.defer("manifest", "figures").order_by("started_at")[:8]
        ],
        "n_waiting": library["waiting"],
    }


def describe_latest(user: AbstractBaseUser) -> list[dict[str, Any]]:
    explanations = (
        explanations_for(user)
        .filter(state=Explanation.State.DONE)
        .defer("figures")
        .prefetch_related("clips")
        .order_by("-finished_at", "-pk")[:N_LATEST]
    )
    return [_describe_explanation(explanation) for explanation in explanations]


def _describe_study(study: Study) -> dict[str, Any]:
    entry: dict[str, Any] = {"study": study, "n_finished": study.n_finished}
    if study.state == Study.State.DRAFT:
        obstacles = list_obstacles(study)
        return {**entry, "obstacles": obstacles}
    entry["n_begun"] = study.n_started - study.n_finished
    rated = [
        quality for block in findings_of(study)["blocks"] for quality in block.get("qualities", ())
    ]
    if not rated:
        return entry
    quality, figure = rated[0], rated[0]["agreement"]
    entry["quality"] = quality["label"].lower()
    if has_interval(figure):
        axis = axis_to_one(figure["low"])
        ends = {end: figure[end] for end in ("estimate", "low", "high")}
        entry["mark"] = draw_interval_mark(axis, **ends)
        entry["alpha"] = f"α {format_interval(figure, format_share)}"
    elif figure["estimate"] is not None:
        entry["alpha"] = f"α {format_share(figure['estimate'])}, no interval yet"
    else:
        entry["alpha"] = "nothing to compare yet"
    return entry


def _describe_explanation(explanation: Explanation) -> dict[str, Any]:
    target = (explanation.targets or [""])[0]
    scores = {
        score["name"]: score
        for score in explanation.manifest.get("targets", {}).get(target, {}).get("scores", ())
    }
    weak = [
        score["title"][:1].lower() + score["title"][1:]
        for score in scores.values()
        if score["is_weak"]
    ]
    return {
        "explanation": explanation,
        "target": join_words(explanation.targets),
        "kept": _find_kept(explanation, target),
        "r2": _read_score(scores, "held_out_r2"),
        "stability": _read_score(scores, "stability"),
        "weak": join_words(weak),
    }


def _find_kept(explanation: Explanation, target: str) -> Clip | None:
    clips = [clip for clip in explanation.clips.all() if clip.kind == "kept"]
    return next((clip for clip in clips if clip.target == target), None)


def _read_score(scores: Mapping[str, Mapping[str, Any]], name: str) -> str:
    value = scores.get(name, {}).get("value")
    return format_share(value) if value is not None else "–"
