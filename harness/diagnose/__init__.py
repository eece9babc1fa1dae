"""Whether the posteriors of a recorded run hold what they promise."""
