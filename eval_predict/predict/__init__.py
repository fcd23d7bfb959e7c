"""From a few observed items to the whole benchmark's score, with an interval."""
