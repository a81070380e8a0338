"""The registers beside the tickets, on pages and for programs."""
