"""Between files and messages: attaching what lies in Filer, and saving attachments of a case in a catalogue."""
