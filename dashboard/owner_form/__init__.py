"""The form by which owners report something without a login, and its links and posters."""
