"""The retrieval behind a challenge's reference posteriors, learned from those of its training planets."""
