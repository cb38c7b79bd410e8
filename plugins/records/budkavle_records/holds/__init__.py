"""Legal holds: cases that must not be destroyed until somebody ends the hold and gives a reason."""
