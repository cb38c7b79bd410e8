"""Notes: their text, merging two writers' texts, who is writing now, and a note as PDF."""
