"""Scores of the speech side, by sentences and by recordings."""

from asr.evaluation.score import EvaluateError, Report, evaluate

__all__ = ["EvaluateError", "Report", "evaluate"]
