"""Models and endpoints of what a job made."""
