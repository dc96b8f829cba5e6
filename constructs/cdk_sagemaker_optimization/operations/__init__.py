"""What whoever operates jobs holds in hand."""
