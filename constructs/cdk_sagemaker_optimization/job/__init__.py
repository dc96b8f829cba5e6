"""An optimization job: the resource, the resources that wait for it, and everything a user asks of it."""
