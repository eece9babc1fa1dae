"""Bayesian neural networks for ariel-harness."""
