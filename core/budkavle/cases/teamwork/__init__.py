"""What colleagues do with a case together: assign it, give it tags and a due date, move it, restrict it."""
