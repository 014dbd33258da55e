"""One figure of a script: whose judgments, which function, where it stands in analysis.json."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | float | bool
INTERVAL = ("estimate", "low", "high")
DEFAULT_TOLERANCE = 1e-7
P_VALUE = "details/p_value"
P_HOLM = "p_holm"
TESTED = (*INTERVAL, P_VALUE)
# Detail of a permutation test: False where its splits were drawn at random.
ALL_SPLITS = "is_exact"


@dataclass(frozen=True)
class Chosen:
    """Judgments: arguments of `choose`. Repeats are among them only where asked for.

    `planned`: each condition with its items, where a judgment's own condition is another;
    `blocks`: of several blocks, where `block` names none.
    """

    block: str = ""
    quality: str = ""
    column: str = ""
    everybody: bool = False
    repeats: bool = False
    condition: str = ""
    group: str = ""
    planned: tuple[tuple[str, tuple[int, ...]], ...] = ()
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """`path`: keys and places in analysis.json; `names`: which figures there, in order. A name of
    a statistic stands for its interval.

    `tolerance`: how far from analysis.json a figure may be, absolutely and as a share of it;
    `drawn`: the last of the names, where these depend on random numbers, which R draws by itself;
    `is_in_r`: False where all of them do, so that only Python has them.
    """

    path: str
    function: str
    rows: Chosen
    arguments: tuple[Value, ...] = ()
    names: tuple[str, ...] = INTERVAL
    tolerance: float = DEFAULT_TOLERANCE
    drawn: tuple[str, ...] = ()
    is_in_r: bool = True
