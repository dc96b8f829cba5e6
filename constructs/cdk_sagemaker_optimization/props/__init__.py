"""The values that a job is made of."""
