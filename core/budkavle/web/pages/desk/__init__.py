"""The desk: what a person does with the list as a whole, and how it suits them."""
