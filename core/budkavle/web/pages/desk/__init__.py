"""The desk: actions on many cases of a list, and the user's choices for lists."""
