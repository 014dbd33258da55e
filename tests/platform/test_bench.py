from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import __main__ as bench


def test_report_holds_every_row_and_the_machine(tmp_path: Path):
    row = {"work": "alpha", "peer": "a|b", "ours_s": 0.0123456, "peer_s": 1.5, "ratio": 121.5}
    row["wanted"] = "≥ 50"
    bench.write_report({"bench_analysis": [row]}, tmp_path / "benchmarks.md")
    lines = (tmp_path / "benchmarks.md").read_text().splitlines()
    assert "## Analysis" in lines
    assert "| alpha | 0.0123 | a\\|b | 1.5 | 122 | ≥ 50 | – |" in lines
    assert any(line.startswith("- Machine: ") for line in lines)


def test_one_section_is_replaced_and_the_others_stay(tmp_path: Path):
    target = tmp_path / "benchmarks.md"
    bench.write_report(
        {"bench_analysis": [{"work": "alpha"}], "bench_mixed": [{"work": "b"}]}, target
    )
    before = target.read_text()

    bench.replace_sections({"bench_engine": [{"work": "new"}]}, target)
    bench.replace_sections({"bench_analysis": [{"work": "alpha", "ours_s": 2.0}]}, target)

    after = target.read_text()
    heads = [line for line in after.splitlines() if line.startswith("## ")]
    assert heads == ["## Analysis", "## Engine", "## Mixed"]
    assert "| alpha | 2 |" in after
    assert "| alpha | – |" not in after
    assert after.endswith(before[before.index("## Mixed") :])


def test_unknown_section_is_a_sentence():
    with pytest.raises(SystemExit, match=r"A section must be one of analysis, .*, got nonsense\."):
        bench.main(["nonsense"])


def test_row_with_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match="A row must name its work"):
        bench.format_table([{"work": "alpha", "seconds": 1.0}])


def test_every_bench_module_can_run():
    for name in bench.list_modules():
        assert callable(__import__(f"tests.bench.{name}", fromlist=["run"]).run)
