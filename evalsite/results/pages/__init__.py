"""From findings to pages: words, places on axes, rows of tables. Nothing is computed here."""
