"""EventBridge: what is put on a bus is kept, and delivered to the targets of the rules that match it."""

from __future__ import annotations

from localcloud.services.events.event_bridge import EventBridge
from localcloud.services.events.put import PutEvent
from localcloud.services.events.targets import Delivery

__all__ = ["Delivery", "EventBridge", "PutEvent"]
