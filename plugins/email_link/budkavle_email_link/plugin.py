"""What the link plugin registers."""
