"""Records: what an authority keeps, for how long, and how it can prove it."""
