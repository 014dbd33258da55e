"""What a data set holds beside its tables: contents, dictionary, README, and the archive of it."""
