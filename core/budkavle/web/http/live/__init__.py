"""What open pages hear of changes: a stream of events for each session, and what it begins with."""
