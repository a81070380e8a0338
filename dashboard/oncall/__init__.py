"""Who is on call, and the roster."""
