"""What limits a search, and the searches that people have saved."""
