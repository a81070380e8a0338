"""The tables, a file a noun. Names, addresses, numbers and words of people are encrypted."""
