"""EventBridge: what is put on a bus is kept, and delivered to the targets of the rules that match it."""

from __future__ import annotations

from localcloud.events.event_bridge import EventBridge
from localcloud.events.put import PutEvent
from localcloud.events.targets import Delivery

__all__ = ["Delivery", "EventBridge", "PutEvent"]
