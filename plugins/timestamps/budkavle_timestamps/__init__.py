"""Times that a third party vouches for: RFC 3161 stamps over the event log and delivery proofs."""
