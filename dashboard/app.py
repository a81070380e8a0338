"""The web application: its parts put together."""

from __future__ import annotations

import os
from functools import cache
from http import HTTPStatus
from os import PathLike

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import REGISTRY, CollectorRegistry
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from call_logs import Store
from dashboard import api
from dashboard.calls import pages as calls
from dashboard.calls import recording_pages as recordings
from dashboard.calls.event_text import event_text
from dashboard.casework import (
    equipment_pages,
    evidence_pages,
    group_pages,
    link_pages,
    record_pages,
    risk_pages,
    task_pages,
    team_pages,
)
from dashboard.casework import pages as casework
from dashboard.dispatches import acknowledge
from dashboard.dispatches import drill_pages as drills
from dashboard.dispatches import urgent_banner as urgent
from dashboard.dispatches.timeline import timeline
from dashboard.labels import ROOMS
from dashboard.oncall import file_pages as roster_files
from dashboard.oncall import pages as oncall
from dashboard.oncall import roster_pages as roster
from dashboard.owner_form import link_pages as form_links
from dashboard.owner_form import pages as owner_form
from dashboard.people import account, directory_pages, login, token_pages
from dashboard.people import pages as users
from dashboard.privacy import hold_pages, owner_pages, seal_pages
from dashboard.privacy import pages as keeping
from dashboard.reports import lessons_pages
from dashboard.reports import pages as reports
from dashboard.system import monitoring
from dashboard.system import pages as system
from dashboard.tickets import deadline_pages, due_page, fault_pages, giving_pages, new_page
