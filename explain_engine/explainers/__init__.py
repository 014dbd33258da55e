"""Explainers: how components get their weights. One file each.

An explainer is a frozen dataclass and an :class:`~explain_engine.explainers.base.Explainer`, called
with a :class:`~explain_engine.explainers.base.Problem`; it returns an
:class:`~explain_engine.explainers.base.Attribution`.
"""
