"""Follows a job to its end, however long that takes, and tells EventBridge of every change of its status.

SageMaker sends no event for optimization jobs. A tracker is an execution of the provider's state machine; it
begins when the job's request has its response, so it can neither delay a deployment nor fail it.
"""

from .counting import CountedJobs, Counter
from .events import Events
from .following import follow
from .look import End, Look, begin
from .measurement import Measurement
from .starting import start_tracker
from .tracker import Tracker, log_tracker

__all__ = [
    "CountedJobs",
    "Counter",
    "End",
    "Events",
    "Look",
    "Measurement",
    "Tracker",
    "begin",
    "follow",
    "log_tracker",
    "start_tracker",
]
