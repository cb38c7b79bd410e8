"""Ending sessions: a user's own list of sessions, and single sign-out to and from an identity provider."""
