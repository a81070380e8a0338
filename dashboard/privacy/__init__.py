"""The pages of what is kept, how long, and how it leaves."""
