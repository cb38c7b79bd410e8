"""How a restored database is detected and handled: a number stored outside of it, and its quarantine."""
