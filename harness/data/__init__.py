"""The nouns: observations and their truth, posteriors, scores, records."""
