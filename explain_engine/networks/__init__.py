"""Networks that this package builds itself."""
