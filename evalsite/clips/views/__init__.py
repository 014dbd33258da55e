"""Pages of the library, by page group."""
