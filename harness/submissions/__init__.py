"""Submission files: the posterior samples of every test planet, as the Ariel 2023 challenge takes them.

HDF5, one group `Planet_public{n+1}` for each planet (n from 0, in ascending planet order),
with the attribute `ID` = n and the datasets `tracedata` (M, P) in physical units and `weights` (M,).
What we write says in the attribute `planet_ID` too which planet it is; what we read may name its
groups `Planet_{planet_ID}` instead.
"""

from harness.submissions.prior import far_outside_prior
from harness.submissions.reader import MAX_ROWS, MIN_ROWS, read_submission, recorded_planets
from harness.submissions.writer import write_submission

__all__ = [
    "MAX_ROWS",
    "MIN_ROWS",
    "far_outside_prior",
    "read_submission",
    "recorded_planets",
    "write_submission",
]
