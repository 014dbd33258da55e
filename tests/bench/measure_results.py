"""A results page of 10^5 judgments: `python -m tests.bench.measure_results [N_SITTINGS]`.

Makes the study in a database of its own, then prints seconds of CPU time as JSON.
"""

from __future__ import annotations

import copy
import gc
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from tests.support import environment  # noqa: F401  (sets the environment first)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")

import django

django.setup()

import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from evalsite.responses.models import Participant, Response, Sitting, Trial  # noqa: E402
from evalsite.results.by_worker import compute_models  # noqa: E402
from evalsite.results.models import Analysis  # noqa: E402
from evalsite.studies.models import Study, make_token  # noqa: E402
from evalsite.studies.services import close_study  # noqa: E402
from explain_engine.networks.names import FEATURES  # noqa: E402
from tests import factories  # noqa: E402

N_RECORDINGS = 30


def make_large_study(n_sittings: int) -> Study:
    """A real study, three real sittings, and copies of them with answers of their own."""
    study = factories.make_open_study(n_recordings=N_RECORDINGS, qualities=FEATURES)
    patterns = [factories.make_sitting(study) for _ in range(3)]
    trials = [list(pattern.trials.select_related("response")) for pattern in patterns]
    rng = np.random.default_rng(0)
    for first in range(3, n_sittings, 100):
        copy_sittings(study, patterns, trials, range(first, min(first + 100, n_sittings)), rng)
    study.refresh_from_db()
    return study


def copy_sittings(
    study: Study,
    patterns: list[Sitting],
    trials: list[list[Trial]],
    numbers: range,
    rng: np.random.Generator,
) -> None:
    people = Participant.objects.bulk_create(
        Participant(study=study, pseudonym=secrets.token_hex(8)) for _ in numbers
    )
    sittings = []
    for number, person in zip(numbers, people, strict=True):
        sitting = copy_row(patterns[number % 3])
        sitting.participant, sitting.cookie_hash = person, secrets.token_hex(32)
        sitting.resume_token = make_token()
        sitting.group = "musicians" if number % 2 else "others"
        sitting.finished_at = timezone.now() + timedelta(seconds=number)
        sittings.append(sitting)
    sittings = Sitting.objects.bulk_create(sittings)
    copies, answers = [], []
    for number, sitting in zip(numbers, sittings, strict=True):
        for pattern in trials[number % 3]:
            trial = copy_row(pattern)
            trial.sitting, trial.name = sitting, make_token()
            copies.append(trial)
            if not hasattr(pattern, "response"):
                continue
            answer = copy_row(pattern.response)
            answer.trial = trial
            answer.answer = {**answer.answer, "ratings": draw_ratings(trial, rng)}
            answer.elapsed_ms = int(rng.integers(5_000, 60_000))
            answer.heard, answer.n_plays = draw_heard(pattern.response.heard, rng)
            answers.append(answer)
    Trial.objects.bulk_create(copies)
    Response.objects.bulk_create(answers)


def copy_row(row: Any) -> Any:
    """A row like this that is not saved yet."""
    other = copy.copy(row)
    other.pk, other._state = None, type(row._state)()
    return other


def draw_ratings(trial: Trial, rng: np.random.Generator) -> dict[str, Any]:
    centre = 3 + trial.item_id % 3
    values = np.clip(np.round(rng.normal(centre, 1.2, len(FEATURES))), 1, 7).astype(int)
    return dict(zip(FEATURES, values.tolist(), strict=True))


def draw_heard(
    labels: Iterable[str], rng: np.random.Generator
) -> tuple[dict[str, list[list[float]]], dict[str, int]]:
    """Played from the start, then on from somewhere; each answer's own, as in a real study."""
    ends = {label: [round(end, 3) for end in sorted(rng.uniform(0.2, 0.5, 3))] for label in labels}
    heard = {label: [[0.0, b], [a, c]] for label, (a, b, c) in ends.items()}
    return heard, {label: int(rng.integers(2, 5)) for label in ends}


def measure(work: Callable[[], Any]) -> float:
    gc.collect()  # What making the study left behind is not the page's.
    began = time.process_time()
    work()
    return time.process_time() - began


def main(n_sittings: int) -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    settings.ALLOWED_HOSTS = ["testserver"]
    small = close_study(study=factories.make_open_study(qualities=FEATURES))
    study = close_study(study=make_large_study(n_sittings))
    n_judgments = Response.objects.filter(trial__is_practice=False).count() * len(FEATURES)
    client = Client()

    def get(shown: Study) -> None:
        answer = client.get(reverse("study_results", args=[shown.slug]))
        assert answer.status_code == 200, answer.status_code

    # Loads all modules and the charts' engine, as a process that serves has: what is cold is
    # the study.
    client.force_login(small.owner)
    get(small)
    client.force_login(study.owner)
    cold = []
    for _ in range(3):
        Analysis.objects.filter(study=study).delete()
        cold.append(measure(lambda: get(study)))
    return {
        "n_judgments": n_judgments,
        "cold_s": min(cold),
        "cached_s": min(measure(lambda: get(study)) for _ in range(5)),
        "models_s": measure(lambda: compute_models(study)),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 480)))
