"""Retrieval by inpainting with a generative adversarial network, for ariel-harness."""
