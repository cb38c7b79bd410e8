"""The deliveries that one thread of a lane has claimed, and their results that are not recorded yet."""
