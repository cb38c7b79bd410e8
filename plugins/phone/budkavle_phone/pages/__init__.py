"""The pages: Mobil, shared content and the scanner; and what browsers fetch by themselves."""
