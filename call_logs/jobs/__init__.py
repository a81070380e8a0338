"""Durable work: transcripts, follow-ups, destruction."""

from call_logs.jobs.destruction import DestructionJobs, carry_out
from call_logs.jobs.follow_ups import FollowUps, FollowUpSteps, RoundResult
from call_logs.jobs.second_hearing import HeardAgain, SecondHearingLoop
from call_logs.jobs.transcription import Backlog, Jobs

__all__ = [
    "Backlog",
    "DestructionJobs",
    "FollowUpSteps",
    "FollowUps",
    "HeardAgain",
    "Jobs",
    "RoundResult",
    "SecondHearingLoop",
    "carry_out",
]
