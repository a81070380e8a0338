"""Urgent calls on the wire: the whole program, owners and engineers as real SIP peers."""
