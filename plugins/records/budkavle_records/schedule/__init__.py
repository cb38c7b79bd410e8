"""The retention schedule (hanteringsplan): kinds of document, how long each is kept, and the kind of each case."""
