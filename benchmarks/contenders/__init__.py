"""The two stacks that are compared: the same jobs, roles and bucket, with and without the library."""
