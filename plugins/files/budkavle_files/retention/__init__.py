"""What may not be destroyed yet: files saved from cases that are held back."""
