"""The participant's pages, by group."""
