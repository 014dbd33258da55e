"""Everything that writes: recordings, models, explanations, and the jobs behind them."""

from __future__ import annotations

from evalsite.clips.services.explanations import (
    delete_explanation,
    request_explanation,
    retry_explanation,
    wake_worker,
)
from evalsite.clips.services.jobs import (
    fail_explanation,
    finish_explanation,
    lease_explanation,
    reap_explanations,
    release_explanation,
    run_explanation,
)
from evalsite.clips.services.models import sync_models
from evalsite.clips.services.recordings import (
    clean_file_name,
    delete_recording,
    describe_recording,
    store_recording,
)

__all__ = [
    "clean_file_name",
    "delete_explanation",
    "delete_recording",
    "describe_recording",
    "fail_explanation",
    "finish_explanation",
    "lease_explanation",
    "reap_explanations",
    "release_explanation",
    "request_explanation",
    "retry_explanation",
    "run_explanation",
    "store_recording",
    "sync_models",
    "wake_worker",
]
