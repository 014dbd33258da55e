"""Asking for explanations: the row is the job, a message only wakes a worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evalsite.clips import engine
from evalsite.clips.models import Explanation, Model, Recording
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.common.transactions import write_transaction

logger = logging.getLogger(__name__)

RUN_TASK = "evalsite.clips.tasks.run_explanation"
OTHER_CONTROL = "control_other_recording"
IMPATIENT = {"socket_timeout": 2, "socket_connect_timeout": 2}


def request_explanation(
    *,
    recording: Recording,
    model: Model,
    recipe: Mapping[str, Any],
    other: Recording | None = None,
) -> tuple[Explanation, bool]:
    """Find or queue the explanation that this recipe makes of this recording (True: new).

    `other` is what `control_other_recording` is cut from.
    """
    checked = check_request(recording, model, recipe)
    other = check_other(checked.data, recording, other)
    with write_transaction():
        explanation, is_new = Explanation.objects.get_or_create(
            recording=recording,
            recipe_digest=checked.digest,
            engine_version=engine.VERSION,
            weights_digest=model.weights_digest,
            device=engine.find_device(settings.DEVICE),
            dtype=engine.DTYPE,
            other_recording=other,
            defaults={
                "model": model,
                "recipe": checked.data,
                "progress_total": checked.data["n_samples"],
                "woken_at": timezone.now(),
            },
        )
    if is_new:
        wake_worker(explanation.pk)
    return explanation, is_new


def check_request(
    recording: Recording, model: Model, recipe: Mapping[str, Any]
) -> engine.CheckedRecipe:
    if not model.is_available:
        raise EarwitnessError(f'The model must be installed, "{model.name}" is not.')
    try:
        checked = engine.check_recipe({**recipe, "model": model.name})
        engine.check_picture(model.name, model.input, checked.data)
    except engine.EngineError as error:
        raise EarwitnessError(str(error)) from error
    unknown = [name for name in checked.data["targets"] if name not in model.targets]
    if unknown:
        raise EarwitnessError(
            f"Targets of {model.name} are {', '.join(model.targets)}, got {', '.join(unknown)}."
        )
    start, duration = checked.data["start"], checked.data["duration"]
    if start + duration > recording.duration + 1e-3:
        raise EarwitnessError(
            f"The excerpt must end within the recording's {recording.duration:.2f} s, "
            f"got {start:g} to {start + duration:g} s."
        )
    return checked


def check_other(
    recipe: Mapping[str, Any], recording: Recording, other: Recording | None
) -> Recording | None:
    """The other recording where the recipe asks for one; elsewhere it would decide nothing."""
    if OTHER_CONTROL not in recipe["controls"]:
        return None
    if other is None or other == recording:
        raise EarwitnessError(f"{OTHER_CONTROL} must have another recording to be cut from.")
    if other.owner_id != recording.owner_id:
        raise EarwitnessError("The other recording must be one of your own.")
    if other.duration < recipe["duration"]:
        raise EarwitnessError(
            f"The other recording must last the excerpt's {recipe['duration']:g} s, "
            f'"{other.title}" has {other.duration:.2f} s.'
        )
    return other


def retry_explanation(*, explanation: Explanation) -> None:
    """Queue a failed explanation anew, all attempts back."""
    with write_transaction():
        n_changed = Explanation.objects.filter(
            pk=explanation.pk, state=Explanation.State.FAILED
        ).update(
            state=Explanation.State.QUEUED,
            attempts=0,
            error="",
            progress_done=0,
            finished_at=None,
            woken_at=timezone.now(),
        )
    if not n_changed:
        raise NotAllowedNow("Only a failed explanation can be tried again.")
    wake_worker(explanation.pk)


def delete_explanation(*, explanation: Explanation) -> None:
    """Take back an explanation that waits or failed; one that runs or is done stays."""
    with write_transaction():
        n_deleted, _ = Explanation.objects.filter(
            pk=explanation.pk, state__in=(Explanation.State.QUEUED, Explanation.State.FAILED)
        ).delete()
    if not n_deleted:
        raise NotAllowedNow("Only an explanation that waits or failed can be removed.")


def wake_worker(pk: int) -> None:
    """Tell a worker once the row is there. Call it after the transaction: nobody's write should
    wait for a broker."""
    transaction.on_commit(lambda: publish_wake(pk))


def publish_wake(pk: int) -> bool:
    """Send the message; a broker that does not take it is the reaper's case.

    A connection of its own with short patience: a person's request waits for this, and the
    connections of workers must be more patient.
    """
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as broker:
            current_app.send_task(RUN_TASK, args=[pk], connection=broker, retry=False)
    except Exception as error:
        logger.warning("explanation %s: no worker told (%s)", pk, error)
        # One statement, no queueing: this may run on the way out of somebody's transaction.
        Explanation.objects.filter(pk=pk).update(woken_at=None)
        return False
    return True
