"""Every chart of a block's results by its name, from the findings: on the page and to download."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from evalsite.common.errors import EarwitnessError
from evalsite.results import store
from evalsite.results.charts.render import draw_inline
from evalsite.results.charts.specs import NARROW, WIDE, Spec
from evalsite.results.questions import make_question
from evalsite.studies.models import Study

Found = Mapping[str, Any]
WIDTHS = {"wideplot": WIDE, "narrow": NARROW}


def make_spec(found: Found, name: str, *, width: int = WIDE) -> Spec:
    """`found`: the findings with a block's among them, and its "models" once they are fitted."""
    known = list_charts(found)
    if name not in known:
        raise EarwitnessError(
            f"chart must be one of {', '.join(known) or 'none'}, got {ascii(name)[:60]}."
        )
    return make_question(found["question"]).make_spec(found, name, width=width)


def list_charts(found: Found) -> list[str]:
    return make_question(found["question"]).list_charts(found)


def draw(study: Study, found: Found, name: str) -> dict[str, SafeString]:
    """Wide and narrow, of which the style sheet shows one; drawn once a state of the data."""
    place = [block["name"] for block in found["blocks"]].index(found["name"])

    def draw_both(study: Study) -> dict[str, str]:
        return {
            css_class: draw_inline(make_spec(found, name, width=width), css_class=css_class)
            for css_class, width in WIDTHS.items()
        }

    drawn = store.compute_once(study, f"chart {place} {name}", draw_both)
    return {css_class: SafeString(svg) for css_class, svg in drawn.items()}
