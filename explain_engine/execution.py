"""On what and how the model runs: device, precision, threads, batch size.

Only the processor has been tried: what stands here for graphics cards has never run on one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from explain_engine.errors import EngineError, ModelError
from explain_engine.perturbation import Perturbation

DEVICES = ("cpu", "cuda")
DTYPES = ("float32", "bfloat16")
# On a processor larger batches leave its cache: no faster at 16 than at 8, slower at 32. A card
# starts high and comes down to what its memory holds.
BATCH_SIZES = {"cpu": 8, "cuda": 64}
N_CHECKED, KEEP_PROBABILITY = 16, 0.7
MAX_ERROR_SHARE = 0.1


def check_execution(device: str, dtype: str, threads: int | None, batch_size: int | None) -> int:
    """Return the number of threads to use, all that the process may if `threads` is None.

    Raises
    ------
    EngineError
        If a value breaks a rule.
    """
    if device not in DEVICES:
        raise EngineError(f"device must be {' or '.join(DEVICES)}, got {device!r}.")
    if device == "cuda" and not torch.cuda.is_available():
        raise EngineError("device cuda needs a graphics card that torch can use, there is none.")
    if dtype not in DTYPES:
        raise EngineError(f"dtype must be {' or '.join(DTYPES)}, got {dtype!r}.")
    if batch_size is not None and batch_size < 1:
        raise EngineError(f"batch_size must be 1 or more, got {batch_size}.")
    if threads is None:
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if threads < 1:
        raise EngineError(f"threads must be 1 or more, got {threads}.")
    return threads


@contextmanager
def limit_threads(threads: int) -> Iterator[None]:
    """Let torch and the matrix libraries of numpy use so many threads, and keep no gradients."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.no_grad(), threadpool_limits(threads, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out, the card's or the machine's."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # torch and onnxruntime have no class of their own for the machine's memory.
    said = str(error)
    return isinstance(error, RuntimeError) and (
        "DefaultCPUAllocator" in said or "Failed to allocate memory" in said
    )


def measure_error(
    exact: Perturbation, rough: Perturbation, n_components: int, columns: list[int]
) -> np.ndarray:
    """Return the largest errors of a lower precision, as shares of the outputs' range.

    Parameters
    ----------
    exact, rough : Perturbation
        The same excerpt before the model in float32, and in the precision that is asked for.
    n_components : int
        Length of a mask.
    columns : list of int
        Outputs to look at.

    Returns
    -------
    np.ndarray, shape=(n_columns,)
        Each output's, over 16 maskings; 0 or more.
    """
    masks = np.random.default_rng(0).random((N_CHECKED, n_components)) < KEEP_PROBABILITY
    answers = [
        np.concatenate(
            [asked.predict(asked.apply(part)) for part in np.array_split(masks, N_CHECKED // 4)]
        )[:, columns].astype(float)
        for asked in (exact, rough)
    ]
    spread = np.ptp(answers[0], axis=0)
    error = np.abs(answers[1] - answers[0]).max(axis=0)
    return np.divide(error, spread, out=np.where(error > 0, np.inf, 0.0), where=spread > 0)


def check_precision(
    exact: Perturbation, rough: Perturbation, n_components: int, targets: dict[str, int]
) -> float:
    """Return the worst of :func:`measure_error` over targets, given with their columns.

    Raises
    ------
    ModelError
        If it is above a tenth: the weights would be noise.
    """
    shares = measure_error(exact, rough, n_components, list(targets.values()))
    worst = int(np.argmax(shares))
    if not shares[worst] <= MAX_ERROR_SHARE:
        raise ModelError(
            f"The error of a lower precision must be {MAX_ERROR_SHARE:.0%} of the outputs' range "
            f"or less, it is {shares[worst]:.0%} for {list(targets)[worst]}: choose dtype float32."
        )
    return float(shares[worst])
