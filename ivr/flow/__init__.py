"""The way through the menu, and the questions of each kind of call."""
