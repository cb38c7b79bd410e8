"""Builds the container image (`make image`): from Debian's packages and the wheel, the same for the same commit."""
