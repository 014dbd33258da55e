"""What a draft's pages are made of: forms over the protocol's plain data, and where refusals go."""
