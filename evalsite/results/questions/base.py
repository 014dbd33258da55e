"""What every analysis of a kind of question is made of: figures, what a page shows, charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from evalsite.common.errors import EarwitnessError
from evalsite.results.charts.specs import Spec
from evalsite.results.figures.analysed import AnalysedBlock

Found = Mapping[str, Any]
# Of each item, by its number: condition of its sounds -> id of the clip.
Clips = Mapping[int, Mapping[str, int]]


class Question:
    """Its module's name is its name. `found` is what `find` gave, with the block's `name`."""

    template: ClassVar[str] = "results/questions/counted.html"
    blind_template: ClassVar[str] = "results/questions/counted.html"
    # Sections of the template in their order, to be found on a long page: id and label.
    contents: ClassVar[tuple[tuple[str, str], ...]] = ()

    def find_blind(self, analysed: AnalysedBlock) -> dict[str, Any]:
        """Figures that tell nothing about a condition: what a running study may show."""
        return {}

    def find(self, analysed: AnalysedBlock) -> dict[str, Any]:
        """All figures of a block, those of `find_blind` among them."""
        return self.find_blind(analysed)

    def show_blind(self, found: Found) -> dict[str, Any]:
        """What the template for a running study needs."""
        return {}

    def show(self, found: Found, chosen: Mapping[str, str], clips: Clips) -> dict[str, Any]:
        """What the template needs. `chosen`: the address's query. "charts" names those that the
        page draws: name in the template -> name of the chart."""
        return {}

    def list_charts(self, found: Found) -> list[str]:
        return []

    def make_spec(self, found: Found, name: str, *, width: int) -> Spec:
        raise EarwitnessError(f"There is no chart {name}.")
