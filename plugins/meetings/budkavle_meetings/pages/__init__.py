"""The pages for booking: the form, the list Möten, a meeting, and the links to them."""
