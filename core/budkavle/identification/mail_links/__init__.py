"""Links by mail that work without a session: an invitation, and the choice of a new password."""
