"""How a block's design came out, as a page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalsite.results.pages.wording import name_condition

Found = Mapping[str, Any]


def show_cells(found: Found) -> dict[str, Any] | None:
    """Nothing where no recording was asked about. With the fewest and the most of a cell."""
    cells = found["cells"]
    counts = [n for row in cells["recordings"] for n in row["counts"]]
    if not counts:
        return None
    return {
        "conditions": [name_condition(name) for name in cells["conditions"]],
        "rows": cells["recordings"],
        "fewest": min(counts),
        "most": max(counts),
    }
