from __future__ import annotations

import pytest

from explain_engine.numbers import format_change, format_number, format_percent, format_signed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.62, ".62"),
        (-0.03, "−.03"),
        (1.0, "1.00"),
        (0.001, ".00"),
        (-0.001, ".00"),
        (-1.5, "−1.50"),
        (10.25, "10.25"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.21, "+.21"), (-0.04, "−.04"), (0.0, "0"), (-0.001, "0"), (2, "+2.00")]
)
def test_change(value: float, text: str) -> None:
    assert format_change(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(None, ""), (0.18, "18 %"), (0.001, "below 1 %"), (0.0, "0 %")]
)
def test_percent(share: float | None, text: str) -> None:
    assert format_percent(share) == text


def test_signed_has_its_unit() -> None:
    assert format_signed(-0.3, "dB") == "−0.3 dB"
    assert format_signed(12.4, "%", 0) == "+12 %"
    assert format_signed(0.25, digits=2) == "+0.25"
    assert format_signed(-0.001, digits=2) == "0.00"
