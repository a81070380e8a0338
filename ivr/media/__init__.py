"""A call's sound: what is played, heard, mixed and recorded."""

from ivr.media.call_media import CallMedia, MediaClock

__all__ = ["CallMedia", "MediaClock"]
