"""Traditional retrievals: likelihood, nested sampling, reference posteriors."""
