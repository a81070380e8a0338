"""Reaching people: who is rung, what they hear, and the bridge."""

from ivr.dispatch.dispatcher import Dispatcher
from ivr.dispatch.drill import Drills, check_policy
from ivr.dispatch.notice_text import NoticeText

__all__ = ["Dispatcher", "Drills", "NoticeText", "check_policy"]
