"""The SIP stack of pyVoIP (Python)."""
