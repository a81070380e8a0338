"""Scores of the speech side, by sentences and by recordings."""

from asr.evaluation.score import EvaluateError, Group, Report, evaluate
from asr.evaluation.tracing import Stage

__all__ = ["EvaluateError", "Group", "Report", "Stage", "evaluate"]
