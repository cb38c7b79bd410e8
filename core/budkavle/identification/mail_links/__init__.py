"""Links by mail that somebody without a session opens: an invitation, and the choice of a new password."""
