"""Wake-up calls: an id comes in, a service does the work."""

from __future__ import annotations

from celery import shared_task

from evalsite.results import services, store


@shared_task
def run_analysis(pk: int) -> None:
    services.run_analysis(pk=pk)


@shared_task
def reap_analyses() -> None:
    store.reap()
