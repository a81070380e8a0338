"""When the call is over: following up, call backs, late emergencies, orders, calls to owners."""

from ivr.after.follow_up import FollowUp
from ivr.after.late_urgency import LateUrgency
from ivr.after.orders import Orders
from ivr.after.owner_calls import Errand, OwnerCalls
from ivr.after.owner_news import NewsErrand, NewsSettings
from ivr.after.reminding import Reminding
from ivr.after.review import Review
from ivr.after.survey import SurveyErrand, SurveySettings
from ivr.after.watch import UrgentWatch

__all__ = [
    "Errand",
    "FollowUp",
    "LateUrgency",
    "NewsErrand",
    "NewsSettings",
    "Orders",
    "OwnerCalls",
    "Reminding",
    "Review",
    "SurveyErrand",
    "SurveySettings",
    "UrgentWatch",
]
