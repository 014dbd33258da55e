"""A script is the functions it needs, and one line for each figure."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from textwrap import wrap

from evalsite.results.reproduce.parts import DEFAULT_TOLERANCE, INTERVAL, Call, Chosen

FOLDER = Path(__file__).parent
FILES = (
    "figures",
    "choices",
    "pairs",
    "order",
    "retention",
    "entangled",
    "effects",
    "marks",
    "levels",
    "coefficients",
    "splits",
    "mixed",
    "reml",
    "reliability",
)
ALWAYS = ("read_ratings", "choose")
# What the functions use of the standard library.
STANDARD = {"itertools": ("combinations", "permutations"), "math": ("comb",)}

PYTHON_HEAD = '''"""Computes the figures of analysis.json anew from the tables.

Run it in the folder of the data set: python analysis.py
It needs numpy, pandas and scipy. Each line it prints has the place in analysis.json, then the
figures there, mostly estimate, low and high (95 %); nan where there is none, and the reason in
analysis.json.
{omitted}"""

import json
{imports}
import numpy as np
import pandas as pd
{scipy}'''
PYTHON_END = '''

def read_numbers(noted):
    """All numbers of a part of analysis.json, in order of keys and places; nan for none. Of a
    figure with an interval these three."""
    if isinstance(noted, dict) and "estimate" in noted:
        noted = [noted[key] for key in ("estimate", "low", "high")]
    if isinstance(noted, dict):
        noted = [noted[key] for key in sorted(noted)]
    if isinstance(noted, list):
        return [number for part in noted for number in read_numbers(part)]
    return [np.nan if noted is None else noted]


def report(path, figures, *names, tolerance=1e-7):
    """Print figures and hold them against analysis.json."""
    noted = analysis
    for key in path.split("/"):
        noted = noted[int(key)] if key.isdigit() else noted[key]
    numbers = []
    for name in names or ("estimate", "low", "high"):
        part = noted
        for key in name.split("/"):
            part = part[int(key)] if isinstance(part, list) else part.get(key)
        numbers += read_numbers(part)
    label = path + "".join(f"+{name}" for name in names)
    print(label, *(f"{float(figure):.10g}" for figure in figures), sep=",")
    reported[path] = figures
    same.append(
        len(figures) == len(numbers)
        and np.allclose(np.array(figures, float), numbers, tolerance, tolerance, equal_nan=True)
    )
    if not same[-1]:
        print(f"# analysis.json has {numbers} for {label}")


same, reported = [], {}
with open("analysis.json", encoding="utf-8") as file:
    analysis = json.load(file)
ratings = read_ratings()
'''
PYTHON_LAST = """
print(f"# {sum(same)} of {len(same)} figures are those of analysis.json")
raise SystemExit(0 if all(same) else 1)
"""
R_HEAD = """# Computes the figures of analysis.json anew from the tables.
# Run it in the folder of the data set: Rscript analysis.R
# It needs nothing but R. Each line it prints has the place in analysis.json, then the figures
# there, mostly estimate, low and high (95 %); NA where there is none, and the reason in
# analysis.json.
{omitted}"""
R_DRAWN = """# Where a p value is from random splits, shifts or orders, R draws others than are
# behind analysis.json: it differs by chance, of 1,999 draws by up to .06.
"""
R_END = """
report <- function(path, figures, ...) {
  label <- paste(c(path, ...), collapse = "+")
  cat(label, formatC(as.numeric(figures), digits = 10, format = "g"), sep = ",")
  cat("\\n")
  reported[[path]] <<- figures
}

reported <- list()
ratings <- read_ratings()
"""
Sources = Mapping[str, str]


def write_python(calls: Sequence[Call], omitted: Sequence[str] = ()) -> str:
    """`omitted`: sentences on the figures that are not computed."""
    functions = pick(python_functions(), {call.function for call in calls})
    body = "".join(f"\n\n{source}\n" for source in functions)
    scipy = [name for name in ("integrate", "optimize", "stats") if f"{name}." in body]
    head = PYTHON_HEAD.replace(
        "{scipy}", f"from scipy import {', '.join(scipy)}\n" if scipy else ""
    )
    head = head.replace("{imports}", _import_names(body))
    return (
        head.replace("{omitted}", _wrap(omitted, ""))
        + body
        + PYTHON_END
        + "\n".join(_call_all(calls, _choose_in_python, "=", _in_python, _tell_tolerance))
        + "\n"
        + PYTHON_LAST
    )


def write_r(calls: Sequence[Call], omitted: Sequence[str] = ()) -> str:
    """As `write_python`. What Python draws by the site's own seeds R draws anew, and says so."""
    functions = pick(r_functions(), {call.function for call in calls})
    drawn = R_DRAWN if any(call.drawn for call in calls) else ""
    return (
        R_HEAD.replace("{omitted}", drawn + _wrap(omitted, "# "))
        + "".join(f"\n{source}\n" for source in functions)
        + R_END
        + "\n".join(_call_all(calls, _choose_in_r, "<-", _in_r))
        + "\n"
    )


def _import_names(body: str) -> str:
    """Lines for the names of the standard library that the functions use."""
    lines = ""
    for module, names in STANDARD.items():
        if used := [name for name in names if re.search(rf"\b{name}\(", body)]:
            lines += f"from {module} import {', '.join(used)}\n"
    return lines


def _wrap(sentences: Sequence[str], start: str) -> str:
    """A list under its heading, each line beginning with `start`."""
    if not sentences:
        return ""
    lines = ["", "Not computed anew:"]
    for sentence in sentences:
        lines += wrap(f"- {sentence}", width=92, subsequent_indent="  ")
    return "".join(f"{start}{line}".rstrip() + "\n" for line in lines)


@cache
def python_functions() -> Sources:
    """Source of each function by its name, in the order of `FILES`."""
    texts = [(FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in FILES]
    return {
        node.name: str(ast.get_source_segment(text, node))
        for text in texts
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


@cache
def r_functions() -> Sources:
    """Source of each function by its name, in the order of `FILES`."""
    texts = [(FOLDER / f"{name}.R").read_text(encoding="utf-8") for name in FILES]
    blocks = [block for text in texts for block in re.split(r"\n\n(?=\w+ <- function)", text)[1:]]
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
    tell: Callable[[Call], str] = lambda call: "",
) -> list[str]:
    """Judgments are chosen once for the figures that follow one another."""
    lines: list[str] = []
    chosen = None
    for call in calls:
        if call.rows != chosen:
            chosen = call.rows
            lines += ["", f"rows {sign} {choose(chosen)}"]
        arguments = "".join(f", {write(argument)}" for argument in call.arguments)
        names = () if call.names == INTERVAL else call.names
        told = "".join(f", {write(name)}" for name in names) + tell(call)
        lines.append(f"report({write(call.path)}, {call.function}(rows{arguments}){told})")
    return lines


def _tell_tolerance(call: Call) -> str:
    return "" if call.tolerance == DEFAULT_TOLERANCE else f", tolerance={call.tolerance:g}"


def _choose_in_python(rows: Chosen) -> str:
    arguments = [_in_python(name) for name in _list_places(rows)]
    if rows.column:
        arguments.append(f"column={_in_python(rows.column)}")
    if rows.everybody:
        arguments.append("everybody=True")
    if rows.planned:
        arguments.append(f"planned={ {name: list(items) for name, items in rows.planned} }")
    text = f"choose({', '.join(['ratings', *arguments])})"
    tests = _list_tests(rows, _in_python)
    if rows.blocks:
        tests.append(f"block in {_in_python(list(rows.blocks))}")
    return text + (f".query({_in_python(' and '.join(tests))})" if tests else "")


def _choose_in_r(rows: Chosen) -> str:
    arguments = [_in_r(name) for name in _list_places(rows)]
    if rows.column:
        arguments.append(f"column = {_in_r(rows.column)}")
    if rows.everybody:
        arguments.append("everybody = TRUE")
    if rows.planned:
        items = [f"{_in_r(name)} = c({', '.join(map(str, items))})" for name, items in rows.planned]
        arguments.append(f"planned = list({', '.join(items)})")
    text = f"choose({', '.join(['ratings', *arguments])})"
    tests = _list_tests(rows, _in_r)
    if rows.blocks:
        tests.append(f"block %in% c({', '.join(map(_in_r, rows.blocks))})")
    return f"subset({text}, {' & '.join(tests)})" if tests else text


def _list_places(rows: Chosen) -> list[str]:
    """Block and quality, as far as there are."""
    return [rows.block, rows.quality] if rows.quality else [name for name in [rows.block] if name]


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
