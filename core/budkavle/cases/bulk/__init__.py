"""What people do with many cases of a mailbox at once."""
