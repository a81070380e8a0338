"""Work on a case: tickets that belong together."""
