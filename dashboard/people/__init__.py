"""Users, their accounts, and signing in."""
