"""A script is the functions it needs, and one line for each figure."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from evalsite.results.reproduce.calls import Call, Chosen

FOLDER = Path(__file__).parent
ALWAYS = ("read_ratings", "choose")

PYTHON_HEAD = '''"""Computes the figures of analysis.json anew from ratings.csv and raters.csv.

Run it in the folder of the data set: python analysis.py
It needs numpy, pandas and scipy. Each line it prints is a figure: where it stands in
analysis.json, estimate, low and high (95 %); nan where there is none, and the reason in
analysis.json. Mixed models and p values of permutation tests are not among them.
"""

import json

import numpy as np
import pandas as pd
from scipy import stats
'''
PYTHON_END = '''

def report(path, figures):
    """Print a figure and hold it against analysis.json."""
    noted = analysis
    for key in path.split("/"):
        noted = noted[int(key)] if key.isdigit() else noted[key]
    noted = [np.nan if noted[key] is None else noted[key] for key in ("estimate", "low", "high")]
    print(path, *(f"{float(figure):.10g}" for figure in figures), sep=",")
    same.append(np.allclose(figures, noted, rtol=1e-7, atol=1e-7, equal_nan=True))
    if not same[-1]:
        print(f"# analysis.json has {noted} for {path}")


same = []
with open("analysis.json", encoding="utf-8") as file:
    analysis = json.load(file)
ratings = read_ratings()
'''
PYTHON_LAST = """
print(f"# {sum(same)} of {len(same)} figures are those of analysis.json")
raise SystemExit(0 if all(same) else 1)
"""
R_HEAD = """# Computes the figures of analysis.json anew from ratings.csv and raters.csv.
# Run it in the folder of the data set: Rscript analysis.R
# It needs nothing but R. Each line it prints is a figure: where it stands in analysis.json,
# estimate, low and high (95 %); NA where there is none, and the reason in analysis.json.
# Mixed models and p values of permutation tests are not among them.
"""
R_END = """
report <- function(path, figures) {
  cat(path, formatC(as.numeric(figures), digits = 10, format = "g"), sep = ",")
  cat("\\n")
}

ratings <- read_ratings()
"""
Sources = Mapping[str, str]


def write_python(calls: Sequence[Call]) -> str:
    functions = pick(python_functions(), {call.function for call in calls})
    return (
        PYTHON_HEAD
        + "".join(f"\n\n{source}\n" for source in functions)
        + PYTHON_END
        + "\n".join(_call_all(calls, _choose_in_python, "=", _in_python))
        + "\n"
        + PYTHON_LAST
    )


def write_r(calls: Sequence[Call]) -> str:
    functions = pick(r_functions(), {call.function for call in calls})
    return (
        R_HEAD
        + "".join(f"\n{source}\n" for source in functions)
        + R_END
        + "\n".join(_call_all(calls, _choose_in_r, "<-", _in_r))
        + "\n"
    )


@cache
def python_functions() -> Sources:
    """Source of each function of figures.py by its name."""
    text = (FOLDER / "figures.py").read_text(encoding="utf-8")
    return {
        node.name: str(ast.get_source_segment(text, node))
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


@cache
def r_functions() -> Sources:
    """Source of each function of figures.R by its name."""
    text = (FOLDER / "figures.R").read_text(encoding="utf-8")
    blocks = re.split(r"\n\n(?=\w+ <- function)", text)[1:]
    return {block.split(" <- ")[0]: block.strip() for block in blocks}


def pick(sources: Sources, wanted: Iterable[str]) -> list[str]:
    """The functions wanted and all they call, in the order of the file."""
    needed: set[str] = set()
    waiting = [*ALWAYS, *wanted]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            words = set(re.findall(r"\w+", sources[name]))
            waiting += [other for other in sources if other in words and other != name]
    return [source for name, source in sources.items() if name in needed]


def _call_all(
    calls: Sequence[Call],
    choose: Callable[[Chosen], str],
    sign: str,
    write: Callable[[object], str],
) -> list[str]:
    """Judgments are chosen once for the figures that follow one another."""
    lines: list[str] = []
    chosen = None
    for call in calls:
        if call.rows != chosen:
            chosen = call.rows
            lines += ["", f"rows {sign} {choose(chosen)}"]
        arguments = "".join(f", {write(argument)}" for argument in call.arguments)
        lines.append(f"report({write(call.path)}, {call.function}(rows{arguments}))")
    return lines


def _choose_in_python(rows: Chosen) -> str:
    text = f"choose(ratings, {_in_python(rows.block)}, {_in_python(rows.quality)}"
    if rows.column != "value":
        text += f", column={_in_python(rows.column)}"
    text += ", everybody=True)" if rows.everybody else ")"
    tests = _list_tests(rows, _in_python)
    return text + (f".query({_in_python(' and '.join(tests))})" if tests else "")


def _choose_in_r(rows: Chosen) -> str:
    text = f"choose(ratings, {_in_r(rows.block)}, {_in_r(rows.quality)}"
    if rows.column != "value":
        text += f", column = {_in_r(rows.column)}"
    text += ", everybody = TRUE)" if rows.everybody else ")"
    tests = _list_tests(rows, _in_r)
    return f"subset({text}, {' & '.join(tests)})" if tests else text


def _list_tests(rows: Chosen, write: Callable[[object], str]) -> list[str]:
    """What is true of the rows, in either language."""
    tests = [] if rows.repeats else ["occasion == 1"]
    for name in ("condition", "group"):
        if getattr(rows, name):
            tests.append(f"{name} == {write(getattr(rows, name))}")
    return tests


def _in_python(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _in_r(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else str(value)
