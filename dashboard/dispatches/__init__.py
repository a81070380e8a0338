"""Searches for a person: what was done, who took it, drills, orders."""
