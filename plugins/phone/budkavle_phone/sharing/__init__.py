"""Content from the phone's share sheet: kept sealed for some minutes, until the person has signed in and chosen."""
