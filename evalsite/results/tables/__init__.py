"""From the database to tables: rows become data frames here and nowhere else, and CSV from them."""
