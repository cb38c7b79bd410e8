"""The pages of those who book: the form, the list Möten, a meeting, and the ways there."""
