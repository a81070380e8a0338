"""The phone side's root error."""


class PhoneError(Exception):
    """Root of what the phone side raises; the message is a fact to act on."""
