"""Plugins: hooks, discovery, life cycle, and the package that a new one begins from."""
