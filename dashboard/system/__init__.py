"""The state of the program."""
