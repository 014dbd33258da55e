"""From tables to figures: what the findings of a study are put together from. Nothing is worded."""
