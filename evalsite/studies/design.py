"""Who hears what, in which order. Pure: numbers in, numbers out."""

from __future__ import annotations

import hashlib
import math
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


def williams_square(n: int) -> tuple[tuple[int, ...], ...]:
    """Orders of n conditions in which each follows each other one equally often.

    n rows for even n; for odd n a pair of squares, 2n rows: each order and its mirror image.
    Source: Williams (1949), Australian Journal of Scientific Research A2, 149-168.
    """
    if n < 1:
        raise ValueError(f"A Williams square must have 1 or more conditions, got {n}.")
    # 0, n - 1, 1, n - 2, …: its neighbours differ by each amount once.
    first = [k // 2 if k % 2 == 0 else n - (k + 1) // 2 for k in range(n)]
    square = [tuple((condition + row) % n for condition in first) for row in range(n)]
    if n % 2 and n > 1:
        square += [row[::-1] for row in square]
    return tuple(square)


def pair_graph(n: int, degree: int) -> tuple[tuple[int, int], ...]:
    """Pairs of n things to compare: each in `degree` pairs, all connected with each other.

    A circulant graph: each thing meets its next ones on a circle, step 1 first (which connects
    them), then steps spread over the circle. With n and degree odd, one thing has one pair more.
    """
    if n < 2 or not 2 <= degree < n:
        if (n, degree) == (2, 1):
            return ((0, 1),)
        raise ValueError(
            f"A graph of pairs must have 2 or more things and a degree from 2 to {n - 1}, "
            f"got {n} things and {degree}."
        )
    steps = list(range(2, (n - 1) // 2 + 1))
    n_steps = degree // 2 - 1
    spread = [steps[(i * len(steps)) // n_steps] for i in range(n_steps)] if n_steps else []
    pairs = {_pair(i, (i + step) % n) for step in (1, *spread) for i in range(n)}
    if degree % 2:
        half = n // 2
        pairs |= {_pair(i, (i + half) % n) for i in range(math.ceil(n / 2))}
    return tuple(sorted(pairs))


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
