"""Adapters: what runs a foreign file format as a model."""
