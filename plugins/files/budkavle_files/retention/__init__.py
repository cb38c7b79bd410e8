"""What may not be destroyed yet: files that were saved from cases that are held back."""
