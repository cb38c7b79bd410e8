"""What the phone's share sheet sends us: kept sealed for some minutes, until its person has signed in and chosen."""
