"""The SIP stack of baresip (C)."""
