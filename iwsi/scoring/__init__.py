"""Everything with torch that measures a candidate: losses, hidden states, rewards, ratings."""
