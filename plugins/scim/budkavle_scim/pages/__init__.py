"""The pages of administrators: tokens, groups and rules."""
