"""Reads. Everything starts from the user: what belongs to others is not found."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Prefetch, QuerySet

from evalsite.clips.models import Clip, Explanation, Model, Recording

State = Explanation.State


def recordings_for(user: AbstractBaseUser) -> QuerySet[Recording]:
    return Recording.objects.filter(owner_id=user.pk)


def explanations_for(user: AbstractBaseUser) -> QuerySet[Explanation]:
    return Explanation.objects.filter(recording__owner_id=user.pk).select_related(
        "recording", "model"
    )


def clips_for(user: AbstractBaseUser) -> QuerySet[Clip]:
    return Clip.objects.filter(explanation__recording__owner_id=user.pk).select_related(
        "explanation__recording"
    )


def list_library(user: AbstractBaseUser) -> QuerySet[Recording]:
    """Recordings with their explanations, without the heavy columns of either."""
    explanations = Explanation.objects.defer("manifest", "figures").select_related("model")
    return (
        recordings_for(user)
        .defer("envelope")
        .prefetch_related(Prefetch("explanations", explanations))
    )


def list_models() -> QuerySet[Model]:
    return Model.objects.filter(is_available=True)


def list_queue(user: AbstractBaseUser) -> QuerySet[Explanation]:
    """What waits, runs or failed: running first, then in the order of asking."""
    return (
        explanations_for(user)
        .exclude(state=State.DONE)
        .defer("manifest", "figures", "recording__envelope")
        .order_by("-state", "created_at", "pk")
    )
