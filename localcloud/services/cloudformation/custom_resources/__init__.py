"""Custom resources: requests to functions, and their responses."""
