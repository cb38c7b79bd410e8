"""SMS: codes that show who somebody is, and a word on the phone that a secure message waits."""
