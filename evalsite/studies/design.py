"""Who hears what, in which order. Pure: numbers in, numbers out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def latin_square(n_conditions: int, n_recordings: int) -> tuple[tuple[int, ...], ...]:
    """Row k gives recording j the condition (j + k) mod n_conditions.

    Within a row each recording comes once; over all rows each recording comes once in each
    condition. With as many recordings as a multiple of the conditions, each row holds each
    condition equally often.
    """
    if n_conditions < 1 or n_recordings < 1:
        raise ValueError(
            f"A design must have 1 or more conditions and recordings, "
            f"got {n_conditions} and {n_recordings}."
        )
    return tuple(
        tuple((recording + row) % n_conditions for recording in range(n_recordings))
        for row in range(n_conditions)
    )


def order_trials(n_trials: int, seed: int) -> tuple[int, ...]:
    """A random order of 0 … n_trials − 1 that any language can repeat.

    Trial j is placed by the sha256 of the text "seed:j" (both in decimal), smallest first.
    """

    def place(trial: int) -> bytes:
        return hashlib.sha256(f"{seed}:{trial}".encode()).digest()

    return tuple(sorted(range(n_trials), key=place))


def derive_seed(study_seed: int, name: str) -> int:
    """A sitting's seed: the first 63 bits of the sha256 of "study seed:name"."""
    digest = hashlib.sha256(f"{study_seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def least_filled(n_taken: Sequence[int]) -> int:
    """The row with the fewest sittings; of equals the first."""
    if not n_taken:
        raise ValueError("A design must have 1 or more rows, got 0.")
    return min(range(len(n_taken)), key=lambda row: (n_taken[row], row))
