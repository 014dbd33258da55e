"""What a participant's page may show: the question, the scale, random names. Nothing else."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from evalsite.responses.models import Sitting, Trial
from evalsite.responses.time_left import estimate_minutes_left
from evalsite.studies.trial_types import make_trial_type

MEASURES_WIDTH = 592


@dataclass(frozen=True)
class Measure:
    """One clip in the line of progress, in the units of its drawing."""

    x: float
    width: float
    state: str


@dataclass(frozen=True)
class Progress:
    n_trials: int
    n_done: int
    measures: tuple[Measure, ...]
    last: str  # what was saved last: "", "practice" or "clip"


def describe_trial(trial: Trial) -> dict[str, object]:
    """For a program that takes the sitting: all that the page says, as data."""
    trial_type = make_trial_type(trial.trial_type, trial.snapshot["parameters"])
    return {
        "name": trial.name,
        "position": trial.position,
        "is_practice": trial.is_practice,
        "trial_type": trial.trial_type,
        "parameters": trial_type.public_parameters(),
        "shown": trial.snapshot["shown"],
        "min_heard": trial.snapshot["min_heard"],
        "ask_familiarity": trial.snapshot["ask_familiarity"],
        "signals": list_signals(trial),
        "answer_url": reverse("trial_answer", args=[trial.name]),
    }


def list_signals(trial: Trial) -> list[dict[str, object]]:
    """The trial's signals as presented: label, address, seconds."""
    durations = {signal["label"]: signal["duration"] for signal in trial.snapshot["signals"]}
    return [
        {
            "label": signal.label,
            "url": reverse("sitting_clip", args=[signal.name]),
            "duration": durations[signal.label],
        }
        for signal in trial.signals.all()
    ]


def describe_frame(request: HttpRequest, sitting: Sitting) -> dict[str, object]:
    """What the frame of every page from consent on needs."""
    token = sitting.resume_token
    return {
        "resume_url": request.build_absolute_uri(reverse("resume", args=[token])),
        "withdraw_url": request.build_absolute_uri(reverse("withdraw", args=[token])),
        "is_pilot": sitting.is_pilot,
        "sitting_tag": name_on_device(token),
    }


def name_on_device(token: str) -> str:
    """By this a browser tells one sitting's waiting answers from another's. Opens nothing."""
    digest = hashlib.sha256(f"on device {token}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def describe_page(request: HttpRequest, sitting: Sitting, trial: Trial) -> dict[str, object]:
    trial_type = make_trial_type(trial.trial_type, trial.snapshot["parameters"])
    return {
        **describe_frame(request, sitting),
        "progress": draw_progress(sitting, trial),
        "minutes_left": estimate_minutes_left(sitting),
        "trial": trial,
        "shown": trial.snapshot["shown"],
        "steps": range(1, trial.snapshot["shown"].get("points", 0) + 1),
        "question": trial.snapshot["question"],
        "intro": trial.snapshot["intro"],
        "signals": list_signals(trial),
        "min_heard": trial.snapshot["min_heard"],
        "ask_familiarity": trial.snapshot["ask_familiarity"],
        "trial_template": trial_type.template,
        "trial_script": trial_type.script,
        "player": trial_type.player,
        "answer_url": reverse("trial_answer", args=[trial.name]),
    }


def draw_progress(sitting: Sitting, trial: Trial) -> Progress:
    n_trials = sitting.trials.filter(is_practice=False).count()
    answered = sitting.trials.filter(response__isnull=False)
    n_done = answered.filter(is_practice=False).count()
    is_practised = answered.filter(is_practice=True).exists()
    measures = draw_measures(n_trials, n_done, trial.position)
    last = "clip" if n_done else "practice" if is_practised else ""
    return Progress(n_trials, n_done, measures, last)


def draw_measures(n_trials: int, n_done: int, current: int) -> tuple[Measure, ...]:
    """One measure a trial over the width of the drawing."""
    width = MEASURES_WIDTH / max(n_trials, 1)
    return tuple(
        Measure(round(k * width, 1), round(width, 1), _name_state(k + 1, n_done, current))
        for k in range(n_trials)
    )


def _name_state(position: int, n_done: int, current: int) -> str:
    if position <= n_done:
        return "done"
    return "now" if position == current else ""
