"""The page "Välj en tid" of a function mailbox: people book a time, and it becomes a meeting.

`settings` and `opening_hours` say when there are times, `store` keeps who has which, `free_times` puts the two
together. `booking` makes the meeting; `pages` and `own_pages` are what people see; `notices` and `reminders` tell them.
"""
