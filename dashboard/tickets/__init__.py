"""Tickets: the list, the page, the moves."""
