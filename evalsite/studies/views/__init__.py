"""The researcher's pages of studies, by group."""
