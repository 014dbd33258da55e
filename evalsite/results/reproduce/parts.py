"""One figure of a script: whose judgments, which function, where it stands in analysis.json."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | float | bool
INTERVAL = ("estimate", "low", "high")
TESTED = (*INTERVAL, "details/p_value")


@dataclass(frozen=True)
class Chosen:
    """Judgments: arguments of `choose`. Repeats are among them only where asked for.

    `planned`: each condition with its items, where a judgment's own condition is another.
    """

    block: str = ""
    quality: str = ""
    column: str = ""
    everybody: bool = False
    repeats: bool = False
    condition: str = ""
    group: str = ""
    planned: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class Call:
    """`path`: keys and places in analysis.json; `names`: which figures there, in order."""

    path: str
    function: str
    rows: Chosen
    arguments: tuple[Value, ...] = ()
    names: tuple[str, ...] = INTERVAL
