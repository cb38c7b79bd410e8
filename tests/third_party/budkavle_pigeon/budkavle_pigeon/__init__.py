"""Messages by pigeon."""
