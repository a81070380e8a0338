"""Values of the store as JSON: objects with the names of their fields, times in ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

__all__ = ["json_fields", "json_value"]


def json_fields(value: Any) -> dict[str, Any]:
    """A dataclass's fields."""
    return {item.name: json_value(getattr(value, item.name)) for item in fields(value)}


def json_value(value: Any) -> Any:
    plain = value
    match value:
        case Enum():
            plain = value.value
        case datetime():
            plain = value.isoformat()
        case Mapping():
            plain = {str(key): json_value(item) for key, item in value.items()}
        case tuple() | list() | set() | frozenset():
            plain = [json_value(item) for item in value]
        case _ if is_dataclass(value):
            plain = json_fields(value)
    return plain
