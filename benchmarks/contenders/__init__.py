"""The two stacks of the comparison: the same jobs, roles and bucket, with and without the library."""
