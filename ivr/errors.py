"""The root of what the phone side raises."""


class PhoneError(Exception):
    """Something of the phone side failed; the message says what to do."""
