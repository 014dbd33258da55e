"""Which components the kept clip is made of."""

from __future__ import annotations

import numpy as np

from explain_engine.errors import SelectionError


def select_components(
    weights: np.ndarray,
    is_audible: np.ndarray,
    n_selected: int,
    *,
    selection: str,
    target: str,
    is_alone: bool = True,
) -> np.ndarray:
    """Return the strongest components for or against a target.

    Parameters
    ----------
    weights : np.ndarray, shape=(n_components,)
        One target's weights.
    is_audible : np.ndarray, shape=(n_components,), bool
        Components that may be chosen: a weight on silence is noise of the fit.
    n_selected : int
        How many, at most; fewer if fewer have the right sign, and never all: something remains.
    selection : {"for", "against"}
        Positive or negative weights.
    target : str
        Named in the message.
    is_alone : bool
        Whether there is no other target: only then is having nothing to keep the end of it.

    Returns
    -------
    np.ndarray, shape=(at most n_selected,), int
        Components, strongest first; ties go to the lower number. Where none has the right sign,
        and the target is one of several, the one that speaks least the other way.

    Raises
    ------
    SelectionError
        If no component has the right sign, or can be heard.
    """
    strength = np.where(is_audible, weights if selection == "for" else -weights, 0.0)
    order = np.argsort(-strength, kind="stable")[: min(n_selected, len(weights) - 1)]
    chosen = order[strength[order] > 0]
    if len(chosen) == 0 and not is_alone and np.any(is_audible):
        return np.array([int(np.argmax(np.where(is_audible, strength, -np.inf)))])
    if len(chosen) == 0:
        raise SelectionError(
            f"Nothing can be kept: no component speaks {selection} {target!r} in this excerpt."
        )
    return np.asarray(chosen)
