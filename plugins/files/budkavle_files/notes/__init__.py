"""Notes: what they say, how two writers' texts become one, who writes now, and a note as PDF."""
