"""The data sets of the mid-level papers, read as they are published. No audio comes with us."""
