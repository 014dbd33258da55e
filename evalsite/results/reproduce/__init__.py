"""Scripts in Python and R that compute a data set's figures anew, from its tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalsite.results.reproduce.calls import list_calls
from evalsite.results.reproduce.omitted import list_omitted
from evalsite.results.reproduce.scripts import write_python, write_r
from evalsite.studies.protocol import Protocol

SCRIPTS = {"py": write_python, "R": write_r}


def write_script(language: str, found: Mapping[str, Any], protocol: Protocol) -> str:
    """`language`: a key of `SCRIPTS`; `found`: what analysis.json holds."""
    calls = [call for call in list_calls(found, protocol) if call.is_in_r or language == "py"]
    return SCRIPTS[language](calls, list_omitted(found, calls))
