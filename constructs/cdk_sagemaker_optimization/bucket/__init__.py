"""The bucket for models and artifacts."""
