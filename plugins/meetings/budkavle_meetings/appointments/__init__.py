"""The page "Välj en tid" of a function mailbox: people book a time, which becomes a meeting.

`settings` and `opening_hours` decide which times exist, `store` keeps who has which, and `free_times` combines the
two. `booking` creates the meeting, `pages` and `own_pages` show it, and `notices` and `reminders` send the mails.
"""
