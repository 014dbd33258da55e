"""What a sitting's parts are expected to take, before anything is known of the listener."""

from __future__ import annotations

from collections.abc import Iterable

# What must be heard is heard about once and a half; each trial takes half a minute more.
TIMES_HEARD = 1.5
SECONDS_BESIDE = 30.0
# Consent, questions, instructions and the sound check.
SECONDS_BEFORE = 180.0
SECONDS_A_PAGE = 10.0
SECONDS_A_QUESTION = 8.0


def expect_trial(durations: Iterable[float]) -> float:
    """Seconds for a trial with sounds of these lengths."""
    return TIMES_HEARD * sum(durations) + SECONDS_BESIDE
