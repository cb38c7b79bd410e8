"""What people see: Mobil, what is shared into the app, the scanner; and what browsers fetch for themselves."""
