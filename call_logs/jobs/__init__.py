"""Durable work: transcripts, follow-ups."""

from call_logs.jobs.follow_ups import FollowUps, FollowUpSteps, RoundResult
from call_logs.jobs.transcription import Backlog, Jobs

__all__ = ["Backlog", "FollowUpSteps", "FollowUps", "Jobs", "RoundResult"]
