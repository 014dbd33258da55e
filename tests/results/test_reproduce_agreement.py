"""Coefficients of agreement in the scripts, against the site's own, in Python and in R."""

from __future__ import annotations

import math
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.agreement import kendall_w
from evalsite.analysis.result import Result
from evalsite.results.figures.coefficients import describe_means, describe_names, describe_ordinal
from evalsite.results.reproduce import coefficients, reliability
from evalsite.results.reproduce.modelled import list_models
from evalsite.results.reproduce.omitted import list_omitted
from evalsite.results.reproduce.scripts import pick, r_functions
from evalsite.studies.protocol import Protocol

NAMES = ("nominal_alpha", "percent_agreement", "gwet_ac1", "fleiss_kappa")
# Listeners, items, share missing, how much listeners and items differ.
TABLES = {
    "complete": (8, 6, 0.0, 1.0, 1.0),
    "missing": (12, 20, 0.3, 0.5, 0.5),
    "listeners alike": (20, 15, 0.4, 0.0, 0.8),
    "more listeners": (15, 9, 0.3, 0.6, 0.8),
    "items alike": (12, 20, 0.3, 0.0, 0.0),
    "sparse": (5, 10, 0.6, 1.0, 1.0),
    "two listeners": (2, 8, 0.1, 0.0, 1.0),
}
MANY = {"many listeners": (130, 12, 0.2, 0.5, 0.6), "many items": (20, 120, 0.5, 0.4, 0.5)}


def make_rows(n_listeners, n_items, missing, listeners, items, *, seed=1):
    rng = np.random.default_rng(seed)
    value = rng.normal(4, 1, size=(n_listeners, n_items))
    value += listeners * rng.normal(size=(n_listeners, 1)) + items * rng.normal(size=n_items)
    value = np.clip(np.round(value), 1, 7)
    at = np.argwhere(rng.random(value.shape) >= missing)
    rows = pd.DataFrame(at, columns=["listener", "item"]).assign(value=value[tuple(at.T)])
    return rows.assign(name="n" + (rows["value"] // 2).astype(int).astype(str))


def list_ends(figures: list[Result]) -> list[float]:
    """No number where it is infinite, as in analysis.json."""
    ends = [end for one in figures for end in (one.estimate, one.low, one.high)]
    return [math.nan if math.isinf(end) else end for end in ends]


def compute_in_python(rows: pd.DataFrame) -> list[float]:
    return [
        *reliability.reliability(rows, "item"),
        *reliability.kendall_w(rows, "item"),
        *reliability.reliability_alone(rows, "item"),
        *reliability.kendall_w_alone(rows, "item"),
        *coefficients.percent_agreement(rows, "value"),
        *coefficients.gwet_ac2(rows, 1, 7),
        *(end for name in NAMES for end in getattr(coefficients, name)(rows, "name")),
    ]


def compute_by_site(rows: pd.DataFrame) -> list[float]:
    matrix = rows.pivot(index="listener", columns="item", values="value")
    means, ordinal = describe_means(matrix), describe_ordinal(matrix, range(1, 8))
    first = [*means.values(), kendall_w(matrix)]
    others = [ordinal[name] for name in ("percent_agreement", "gwet_ac2")]
    others += describe_names(rows[["listener", "item", "name"]]).values()
    return [*list_ends(first), *(one.estimate for one in first), *list_ends(others)]


@pytest.mark.parametrize("table", [*TABLES, *MANY])
def test_agreement_is_that_of_the_site(table):
    rows = make_rows(*{**TABLES, **MANY}[table])

    found = compute_in_python(rows)

    assert found == pytest.approx(compute_by_site(rows), rel=1e-5, abs=1e-5, nan_ok=True)


def test_tables_hold_what_they_should():
    found = {name: compute_in_python(make_rows(*table)) for name, table in TABLES.items()}

    assert found["items alike"][:2] == [0, 0]
    assert 0 < found["items alike"][2] < 1
    assert np.isnan(found["two listeners"][1:3]).all()


def test_agreement_is_the_same_in_r(tmp_path):
    program = shutil.which("Rscript")
    by_item = ["reliability", "kendall_w", "reliability_alone", "kendall_w_alone"]
    figures = [f'{name}(rows, "item")' for name in by_item]
    figures += ['percent_agreement(rows, "value")', "gwet_ac2(rows, 1, 7)"]
    figures += [f'{name}(rows, "name")' for name in NAMES]
    lines = [
        *pick(r_functions(), [*by_item, *NAMES, "gwet_ac2"]),
        "for (file in commandArgs(TRUE)) {",
        f"rows <- read.csv(file); found <- c({', '.join(figures)})",
        'cat(format(as.numeric(found), digits = 12), "\\n") }',
    ]
    (tmp_path / "agreement.R").write_text("\n".join(lines), encoding="utf-8")
    tables = [make_rows(*table) for table in TABLES.values()]
    for k, rows in enumerate(tables):
        rows.to_csv(tmp_path / f"{k}.csv", index=False)
    if program:
        files = [f"{k}.csv" for k in range(len(tables))]
        done = subprocess.run(
            [program, "agreement.R", *files], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        for rows, line in zip(tables, done.stdout.splitlines(), strict=True):
            found = [math.nan if text in ("NA", "NaN") else float(text) for text in line.split()]
            known = compute_in_python(rows)
            assert found == pytest.approx(known, rel=1e-5, abs=1e-5, nan_ok=True)


def test_r_has_no_intervals_of_units_that_are_dealt():
    rows = make_rows(*MANY["many listeners"])
    matrix = rows.pivot(index="listener", columns="item", values="value")
    figures = {
        name: {"estimate": figure.estimate, "low": figure.low, "high": figure.high}
        | {"details": dict(figure.details)}
        for name, figure in {**describe_means(matrix), "kendall_w": kendall_w(matrix)}.items()
    }
    block = {"name": "main", "qualities": [], "coefficients": figures}
    found = {"models": {"blocks": [block]}, "blocks": []}

    calls = list(list_models(found, Protocol(title="Any")))

    assert [call.function for call in calls if call.is_in_r] == [
        "reliability_alone",
        "kendall_w_alone",
    ]
    assert list_omitted(found, calls) == []
    (told,) = list_omitted(found, [call for call in calls if call.is_in_r])
    assert "numpy's generator" in told
