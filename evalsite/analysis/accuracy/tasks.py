"""How often an observer of sensitivity d' is right in a task, and back.

d' is the distance of the two sounds' means on the observer's inner scale, in standard deviations.
The observer has no bias. Tasks:

- "2afc", "3afc", ... : which of m sounds is the kind asked for.
  int phi(z - d) Phi(z)^(m-1) dz
- "abx_independent", "abx_differencing" : is X like A or like B? By comparing each sound with a
  criterion (A and B are known well), Phi(d/sqrt2) Phi(d/2) + Phi(-d/sqrt2) Phi(-d/2); by comparing
  distances (sounds rove), the same with sqrt6 for 2.
- "duo_trio" : which of two is like the reference: as "abx_differencing".
- "triangle" : which of three differs, either kind.
  2 int_0^inf [Phi(-z sqrt3 + d sqrt(2/3)) + Phi(-z sqrt3 - d sqrt(2/3))] phi(z) dz

References
----------
.. [1] Macmillan, N. A., & Creelman, C. D. (2005). Detection Theory: A User's Guide, 2nd ed.,
   chapters 7, 9, 10 and appendix 5.
.. [2] Brockhoff, P. B., & Christensen, R. H. B. (2010). Thurstonian models for sensory
   discrimination tests as generalized linear models. Food Quality and Preference 21, 330-338.
"""

from __future__ import annotations

import math
import re

import numpy as np
from scipy import optimize, special

# phi(10) is 1e-22: nothing of the inner scale lies beyond.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(240)
_Z = 10.0 * _NODES
_PHI = 10.0 * _WEIGHTS * np.exp(-(_Z**2) / 2) / math.sqrt(2 * math.pi)
_HALF_Z = 5.0 * (_NODES + 1)
_HALF_PHI = 5.0 * _WEIGHTS * np.exp(-(_HALF_Z**2) / 2) / math.sqrt(2 * math.pi)
GUESSING = {
    "abx_independent": 1 / 2,
    "abx_differencing": 1 / 2,
    "duo_trio": 1 / 2,
    "triangle": 1 / 3,
}
HIGHEST = 30.0


def guess_share(task: str) -> float:
    """Share right by guessing, in (0, 1).

    Parameters
    ----------
    task : str
        See the module.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the task is not known.
    """
    if task in GUESSING:
        return GUESSING[task]
    found = re.fullmatch(r"(\d+)afc", task)
    if found is None or not 2 <= int(found[1]) <= 100:
        known = ", ".join(["2afc to 100afc", *GUESSING])
        raise ValueError(f"task must be one of {known}, got {task!r}.")
    return 1 / int(found[1])


def predict_share(d: float, task: str) -> float:
    """Share right at sensitivity d, from guessing at d = 0 to 1.

    Parameters
    ----------
    d : float
        d', 0 or more.
    task : str
        See the module.

    Returns
    -------
    float
    """
    guess = guess_share(task)
    if task == "triangle":
        shift, spread = d * math.sqrt(2 / 3), -_HALF_Z * math.sqrt(3)
        inner = special.ndtr(spread + shift) + special.ndtr(spread - shift)
        return float(2 * (inner @ _HALF_PHI))
    if task not in GUESSING:
        return float(special.ndtr(_Z + d) ** (round(1 / guess) - 1) @ _PHI)
    first = special.ndtr(d / math.sqrt(2))
    second = special.ndtr(d / (2 if task == "abx_independent" else math.sqrt(6)))
    return float(first * second + (1 - first) * (1 - second))


def invert_share(share: float, task: str) -> float:
    """Sensitivity at which the task is solved with a given share right.

    Parameters
    ----------
    share : float
        In [0, 1] or NaN.
    task : str
        See the module.

    Returns
    -------
    float
        0 at or below guessing, infinity where no sensitivity is too high, NaN for NaN.
    """
    guess = guess_share(task)
    if math.isnan(share):
        return math.nan
    if share <= guess:
        return 0.0
    if share >= predict_share(HIGHEST, task) - 1e-15:
        return math.inf
    # The integrals may leave guessing a hair above its exact value.
    if predict_share(0.0, task) >= share:
        return 0.0
    return float(
        optimize.brentq(lambda d: predict_share(d, task) - share, 0.0, HIGHEST, xtol=1e-13)
    )


def slope_at(d: float, task: str) -> float:
    """Rise of the share right per unit of d', at d > 0."""
    step = 1e-4 * max(d, 0.1)
    return (predict_share(d + step, task) - predict_share(d - step, task)) / (2 * step)
