"""Numbers as people read them, in sentences, figures and pages alike.

A number below 1 in size goes without the leading zero (.62, −.03), the minus is a minus sign, and
a space stands before % and units.
"""

from __future__ import annotations


def format_number(value: float, digits: int = 2) -> str:
    """Return .62, −.03, 1.50; what rounds to nothing has no sign."""
    text = f"{abs(value):.{digits}f}"
    text = text[1:] if text.startswith("0.") else text
    return f"−{text}" if value < 0 and text.strip(".0") else text


def format_change(value: float, digits: int = 2) -> str:
    """Return +.62, −.03, and 0 for what rounds to nothing."""
    text = format_number(value, digits)
    if not text.strip(".0"):
        return "0"
    return text if value < 0 else f"+{text}"


def format_percent(share: float | None) -> str:
    """Return 18 %, or below 1 % where something is there; nothing for None."""
    if share is None:
        return ""
    return "below 1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"


def format_signed(value: float, unit: str = "", digits: int = 1) -> str:
    """Return +2.5 dB, −0.3 dB, 0.0 dB: with the zero, for what is not bounded by 1."""
    text = f"{abs(value):.{digits}f}"
    sign = ("−" if value < 0 else "+") if text.strip("0.") else ""
    return f"{sign}{text} {unit}".rstrip()
