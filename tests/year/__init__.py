"""A year of tickets: lives by the dice, and an oracle that knows nothing of the program."""
