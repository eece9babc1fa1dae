"""Figures of spectra, posteriors and populations: what they show, and how it becomes PNG and HTML."""
