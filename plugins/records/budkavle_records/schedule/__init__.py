"""The retention schedule (hanteringsplan): kinds of document, how long each is kept, and which kind a case is of."""
