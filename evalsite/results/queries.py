"""What one user may see of the library, what was answered, and how far people got."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from evalsite.clips.models import Explanation
from evalsite.clips.queries import explanations_for, list_models, recordings_for
from evalsite.responses.models import Invitation, Response, Sitting
from evalsite.results.models import Export
from evalsite.studies import queries as studies_queries
from evalsite.studies.models import Study


def exports_of(study: Study) -> QuerySet[Export]:
    """With `is_stale`: made before somebody withdrew, so it may hold what was taken back."""
    later = study.withdrawals.filter(is_pilot=False, withdrawn_on__gte=OuterRef("created_at__date"))
    return Export.objects.filter(study=study).annotate(is_stale=Exists(later))


def responses_to(study: Study, *, include_pilots: bool = False) -> QuerySet[Response]:
    """Answers to the study's trials, practice out, in the order sitting, position."""
    responses = Response.objects.filter(trial__sitting__study=study, trial__is_practice=False)
    if not include_pilots:
        responses = responses.filter(trial__sitting__is_pilot=False)
    return responses.order_by("trial__sitting_id", "trial__position")


def count_flow(study: Study) -> dict[str, int]:
    """How many sittings came to each stage, or left at it, pilots apart."""
    state = Sitting.State
    left = {
        "declined": state.DECLINED,
        "full": state.FULL,
        "screened_out": state.SCREENED_OUT,
        "returned": state.RETURNED,
    }
    sittings = study.sittings.filter(is_pilot=False)
    counts = sittings.aggregate(
        **{name: Count("pk", filter=Q(state=value)) for name, value in left.items()}
    )
    withdrawn = study.withdrawals.filter(is_pilot=False, was_agreed=True).count()
    return {
        **count_invitations(study),
        **studies_queries.count_flow(study),
        **counts,
        "withdrawn": withdrawn,
    }


def count_invitations(study: Study) -> dict[str, int]:
    """How many single-use invitations were made, taken back, and never opened."""
    state = Invitation.State
    return study.invitations.aggregate(
        invited=Count("pk"),
        revoked=Count("pk", filter=Q(state=state.REVOKED)),
        not_come=Count("pk", filter=Q(state=state.OPEN)),
    )


def count_library(user: AbstractBaseUser) -> dict[str, int]:
    states = explanations_for(user).aggregate(
        explanations=Count("pk"),
        done=Count("pk", filter=Q(state=Explanation.State.DONE)),
        failed=Count("pk", filter=Q(state=Explanation.State.FAILED)),
        waiting=Count("pk", filter=Q(state=Explanation.State.QUEUED)),
    )
    return {
        "recordings": recordings_for(user).count(),
        "models": list_models().count(),
        **states,
    }
