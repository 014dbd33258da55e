"""How long a sitting still takes: from the sounds to come and the listener's own pace so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from evalsite.responses.flow import find_questions, list_later_pages
from evalsite.responses.models import Sitting
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of
from evalsite.studies.time_needed import SECONDS_A_PAGE, SECONDS_A_QUESTION, expect_trial


def estimate_minutes_left(sitting: Sitting) -> int:
    """Whole minutes, rounded up; 0 when nothing is left to do."""
    protocol = protocol_of(sitting.study)
    answered, ahead, blocks = [], [], []
    trials = sitting.trials.order_by("sequence").values_list(
        "block", "snapshot__signals", "response__elapsed_ms"
    )
    for block, signals, elapsed_ms in trials:
        expected = expect_trial([signal["duration"] for signal in signals])
        if elapsed_ms is None:
            ahead.append(expected)
            blocks.append(block)
        else:
            answered.append((expected, elapsed_ms / 1000))
    seconds = measure_pace(answered) * sum(ahead) + expect_pages(sitting, protocol, blocks)
    return math.ceil(seconds / 60)


def measure_pace(answered: Sequence[tuple[float, float]]) -> float:
    """Seconds taken for each expected one, from pairs (expected, taken).

    The median, since a pause is no pace; a trial as expected counts among them, so that the first
    answer does not decide alone.
    """
    return median([1.0, *(taken / expected for expected, taken in answered)])


def expect_pages(sitting: Sitting, protocol: Protocol, blocks: Sequence[str]) -> float:
    """Seconds for the pages that are still to come: between blocks, and after the trials."""
    has_pauses = any(block.break_after or block.instructions for block in protocol.blocks)
    seconds = SECONDS_A_PAGE * max(0, len(set(blocks)) - 1) * has_pauses
    for page in list_later_pages(protocol):
        if page not in sitting.steps:
            n_questions = len(find_questions(protocol, page))
            seconds += SECONDS_A_PAGE + SECONDS_A_QUESTION * n_questions
    return seconds
