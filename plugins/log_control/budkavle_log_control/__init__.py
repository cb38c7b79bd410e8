"""Log control: samples of who opened what, their review, and an extract that a citizen can read."""
