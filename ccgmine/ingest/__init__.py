"""Files into transcripts, turns, participants and segments."""
