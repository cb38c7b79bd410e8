"""What happens to a message after it has been built: submissions, their status, and limits per recipient.

`status_polling` is the job that asks the access point. Building and sending is in `transport`, in the root.
"""
