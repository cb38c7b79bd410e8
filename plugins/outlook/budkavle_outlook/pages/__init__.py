"""The pane in Outlook, reading and sending in it, and the administrators' page."""
