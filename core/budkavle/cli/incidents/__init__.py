"""What the event log knows of an incident, and drafts of the reports that the law requires."""
