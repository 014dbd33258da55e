"""`make bench`: run every bench_*.py beside this file and write docs/benchmarks.md.

`python -m tests.bench engine …` runs the modules named and leaves the other sections as they are.

Each module has `run() -> list[dict]`, one dict per row: work, peer, ours_s, peer_s, ratio, wanted,
note. `wanted` is the goal, such as "≥ 20" for the ratio or "≤ 2 s" for our own time.
"""

from __future__ import annotations

import datetime
import importlib
import os
import pkgutil
import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tests.bench
from tests.support import environment

TARGET = environment.ROOT / "docs" / "benchmarks.md"
COLUMNS = ("work", "ours_s", "peer", "peer_s", "ratio", "wanted", "note")
HEADS = ("Work", "Ours, s", "Peer", "Peer, s", "Peer ÷ ours", "Wanted", "Note")
HEAD = """# Benchmarks

Written by `make bench`; seconds are wall-clock where no note says else. Wanted are times of peer ÷
ours where no unit stands."""
PACKAGES = ("django", "celery", "numpy", "scipy", "torch", "librosa", "onnxruntime")


def list_modules() -> list[str]:
    names = [found.name for found in pkgutil.iter_modules(tests.bench.__path__)]
    return sorted(name for name in names if name.startswith("bench_"))


def read_processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def describe_machine() -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"- Date: {datetime.date.today().isoformat()}",
        f"- Machine: {os.cpu_count()} cores, {read_processor()}, {platform.system()}",
        f"- Python {platform.python_version()}; {packages}",
    ]


def format_cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value).replace("|", "\\|").replace("\n", " ")


def format_table(rows: list[Mapping[str, Any]]) -> list[str]:
    lines = ["| " + " | ".join(HEADS) + " |", "|" + " --- |" * len(HEADS)]
    for row in rows:
        unknown = set(row) - set(COLUMNS)
        if unknown or not row.get("work"):
            raise ValueError(f"A row must name its work and only {COLUMNS}, got {dict(row)!r}.")
        lines.append("| " + " | ".join(format_cell(row.get(name)) for name in COLUMNS) + " |")
    return lines


def format_section(name: str, rows: list[Mapping[str, Any]]) -> list[str]:
    return [name_section(name), "", *describe_machine(), "", *format_table(rows)]


def name_section(name: str) -> str:
    return f"## {name.removeprefix('bench_').replace('_', ' ').capitalize()}"


def write_report(sections: Mapping[str, list[Mapping[str, Any]]], target: Path = TARGET) -> None:
    lines = [HEAD]
    for name, rows in sections.items():
        lines += ["", *format_section(name, rows)]
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def replace_sections(
    sections: Mapping[str, list[Mapping[str, Any]]], target: Path = TARGET
) -> None:
    """Put these sections into the report, in the place of those they replace."""
    _, *old = target.read_text(encoding="utf-8").rstrip("\n").split("\n\n## ")
    texts = {"## " + text.partition("\n")[0]: "## " + text for text in old}
    for name, rows in sections.items():
        texts[name_section(name)] = "\n".join(format_section(name, rows))
    target.write_text("\n\n".join([HEAD, *map(texts.get, sorted(texts))]) + "\n", encoding="utf-8")


def run_modules(names: list[str]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for name in names:
        print(f"{name} …", flush=True)
        yield name, importlib.import_module(f"tests.bench.{name}").run()


def main(chosen: list[str]) -> None:
    known, names = list_modules(), [f"bench_{name}" for name in chosen]
    for name in names:
        if name not in known:
            known_names = ", ".join(other.removeprefix("bench_") for other in known)
            sys.exit(f"A section must be one of {known_names}, got {name.removeprefix('bench_')}.")
    if names:
        replace_sections(dict(run_modules(names)))
    else:
        write_report(dict(run_modules(known)))
    print(f"Wrote {TARGET.relative_to(environment.ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
