"""Calls, recordings and transcripts."""
