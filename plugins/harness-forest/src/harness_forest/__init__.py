"""Retrieval by trees for ariel-harness."""
