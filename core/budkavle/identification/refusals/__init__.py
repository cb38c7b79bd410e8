"""What is recorded of those who were not let in."""
