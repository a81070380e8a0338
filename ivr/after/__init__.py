"""When the call is over: following up, call backs, late emergencies, orders, surveys."""

from ivr.after.follow_up import FollowUp
from ivr.after.late_urgency import LateUrgency
from ivr.after.orders import Orders
from ivr.after.reminding import Reminding
from ivr.after.review import Review
from ivr.after.survey import SurveyCalls, SurveySettings
from ivr.after.watch import UrgentWatch

__all__ = [
    "FollowUp",
    "LateUrgency",
    "Orders",
    "Reminding",
    "Review",
    "SurveyCalls",
    "SurveySettings",
    "UrgentWatch",
]
