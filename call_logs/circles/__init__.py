"""Who of the company may see a ticket: its circle, and what is kept from whom."""

from call_logs.circles.confidential import CircleRefused, Confidence
from call_logs.circles.eyes import Sight
from call_logs.staff.viewers import DEFAULT_PRIVACY, PrivacyRules

__all__ = ["DEFAULT_PRIVACY", "CircleRefused", "Confidence", "PrivacyRules", "Sight"]
