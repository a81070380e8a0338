"""Training calls: staff practise on the real telephone, and nothing is kept or caused."""

from ivr.training.stage import Next, Outcome
from ivr.training.trainings import Trainings, TrainingSettings

__all__ = ["Next", "Outcome", "TrainingSettings", "Trainings"]
