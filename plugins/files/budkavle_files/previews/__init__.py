"""A preview of a file in its panel, without downloading it."""
