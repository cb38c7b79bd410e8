"""Files and messages: attaching entries of Filer, and saving attachments of a case in a catalogue."""
