"""Real SIP peers for tests: SIPp, and baresip's command-line program as a telephone."""
