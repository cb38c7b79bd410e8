"""The public records desk: lists of messages with masking, and all about one person."""
