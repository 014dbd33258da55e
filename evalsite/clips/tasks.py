"""Wake-up calls: an id comes in, a service does the work."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down

from evalsite.clips import services
from evalsite.clips.services.jobs import stopping


@shared_task
def run_explanation(pk: int) -> None:
    services.run_explanation(pk=pk)


@shared_task
def reap_explanations() -> None:
    services.reap_explanations()


@worker_ready.connect
def find_lost_work(**kwargs: object) -> None:
    """A worker that starts looks at once for what its predecessor left behind."""
    services.reap_explanations()


@worker_shutting_down.connect
def put_work_back(**kwargs: object) -> None:
    stopping.set()
