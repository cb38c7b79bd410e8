"""Times confirmed by a third party: RFC 3161 time stamps of the event log and of delivery proofs."""
