"""EventBridge: it keeps the events on a bus, and delivers them to the targets of matching rules."""

from __future__ import annotations

from localcloud.services.events.event_bridge import EventBridge
from localcloud.services.events.put import PutEvent
from localcloud.services.events.targets import Delivery

__all__ = ["Delivery", "EventBridge", "PutEvent"]
