"""The retrieval of a measured spectrum: read, explained by an atmosphere, and judged."""
