"""Legal holds: cases that nobody may destroy until somebody ends the hold, and says why."""
