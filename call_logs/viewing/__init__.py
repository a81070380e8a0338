"""Who looks, and what of a ticket they may see: asked by the store itself, wherever it reads."""

from call_logs.viewing.viewer import (
    NOBODY,
    PROGRAM,
    Part,
    Viewer,
    becomes,
    looking,
    viewer_now,
)

__all__ = ["NOBODY", "PROGRAM", "Part", "Viewer", "becomes", "looking", "viewer_now"]
