"""What a learner is told: which misconception it looks like, in text, in HTML. Reads findings; decides no grade."""
