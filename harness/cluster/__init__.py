"""Runs and retrievals as independent tasks of Dask, and what they leave brought home."""
