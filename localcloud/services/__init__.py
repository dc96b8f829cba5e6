"""The services of the local cloud, under the names that AWS gives them."""
