"""The command `correlations TABLE`: features, targets and weights of a table, side by side."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.commands.excerpt import add_figures

if TYPE_CHECKING:
    from explain_engine.correlations import CorrelationReport


def add_correlations(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "correlations", help="tell how correlated features go with a table's targets"
    )
    parser.set_defaults(run=run_correlations)
    parser.add_argument("table", metavar="TABLE", type=Path, help="CSV or TSV, names in line 1")
    parser.add_argument(
        "--target", action="append", required=True, help="column to explain; may be repeated"
    )
    parser.add_argument(
        "--feature", action="append", help="column to explain it by (default: all other numbers)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws (default: 0)")
    parser.add_argument("--json", action="store_true", help="all figures, as JSON")
    add_figures(parser, required=False)


def run_correlations(arguments: argparse.Namespace) -> None:
    # slow import: scipy
    import numpy as np

    from explain_engine.correlations import describe_correlations, read_table

    table = read_table(arguments.table, targets=arguments.target, features=arguments.feature)
    reports = [
        describe_correlations(
            table.features,
            table.targets[:, k],
            rng=np.random.default_rng(arguments.seed),
            names=table.feature_names,
            target_name=name,
        )
        for k, name in enumerate(table.target_names)
    ]
    if arguments.out is not None:
        _write_figures(reports, Path(arguments.out), arguments.png)
    if arguments.json:
        print(json.dumps([_to_plain(report) for report in reports], indent=1, ensure_ascii=False))
        return
    for report in reports:
        print(f"{report.target}: {report.n} rows, R² {report.r2:.3f}")
        if report.reason:
            print(f"  {report.reason}")
        for row in report.rows:
            print(
                f"  {row.name:<20} r {row.r.estimate:+.2f}  weight {row.weight:+.3f}  "
                f"LMG share {row.lmg.estimate:.3f} [{row.lmg.low:.3f}, {row.lmg.high:.3f}]"
            )
            print(f"    {row.sentence}")


def _write_figures(reports: list[CorrelationReport], out_dir: Path, png: bool) -> None:
    # slow import: torch, by way of what an explanation's figures need
    from explain_engine.correlations_figure import correlations_svg
    from explain_engine.pictures import name_target, write_picture

    out_dir.mkdir(parents=True, exist_ok=True)
    for number, report in enumerate(reports):
        slug = name_target(report.target, number)
        write_picture(out_dir / f"correlations_{slug}", correlations_svg(report), png=png)


def _to_plain(value: object) -> object:
    """Dataclasses and arrays as JSON's own types; an undefined number is null."""
    # slow import: numpy
    import dataclasses

    import numpy as np

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _to_plain(getattr(value, name)) for name in names}
    if isinstance(value, np.ndarray | np.generic):
        return _to_plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_to_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
