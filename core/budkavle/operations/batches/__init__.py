"""What one thread of a lane has claimed, and the results of it that are not recorded yet."""
