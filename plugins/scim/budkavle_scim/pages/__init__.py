"""The administrators' pages: tokens, groups and rules."""
