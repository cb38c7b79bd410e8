"""Meetings: booking, invitations, identification, lobby, and a room of our own or another's."""
