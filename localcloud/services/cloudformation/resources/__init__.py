"""Resource types, and who makes their resources."""
