from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import __main__ as bench


def test_report_holds_every_row_and_the_machine(tmp_path: Path):
    row = {"work": "alpha", "peer": "a|b", "ours_s": 0.0123456, "peer_s": 1.5, "ratio": 121.5}
    bench.write_report({"bench_analysis": [row]}, tmp_path / "benchmarks.md")
    lines = (tmp_path / "benchmarks.md").read_text().splitlines()
    assert "## Analysis" in lines
    assert "| alpha | 0.0123 | a\\|b | 1.5 | 122 | – |" in lines
    assert any(line.startswith("- Machine: ") for line in lines)


def test_row_with_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match="A row must name its work"):
        bench.format_table([{"work": "alpha", "seconds": 1.0}])


def test_every_bench_module_can_run():
    for name in bench.list_modules():
        assert callable(__import__(f"tests.bench.{name}", fromlist=["run"]).run)
