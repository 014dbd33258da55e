"""Errors whose text is meant for the person who caused them."""

from __future__ import annotations


class EarwitnessError(Exception):
    """A rule was broken; the message is one sentence that names the rule and the value."""

    status = 400


class NotAllowedNow(EarwitnessError):
    """The thing exists, but its state does not allow this."""

    status = 409
