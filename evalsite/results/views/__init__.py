"""Pages: home, results, export."""

from __future__ import annotations

from evalsite.results.views.export import study_export
from evalsite.results.views.forecast import study_forecast
from evalsite.results.views.home import home
from evalsite.results.views.progress import study_progress
from evalsite.results.views.results import study_chart, study_results, study_script, study_unblind

__all__ = [
    "home",
    "study_chart",
    "study_export",
    "study_forecast",
    "study_progress",
    "study_results",
    "study_script",
    "study_unblind",
]
