"""Models and endpoints that serve the artifact of a job."""
