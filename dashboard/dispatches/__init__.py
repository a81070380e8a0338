"""Searches for a person: what was done, the urgent banner, drills, orders."""
