"""What may not be destroyed yet: files of cases that are held back; and what goes when the core destroys something."""
