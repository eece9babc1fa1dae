"""Random-forest retrieval for ariel-harness."""
