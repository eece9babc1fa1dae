"""Tests that need sbi, which is an extra, are collected only where it is installed."""

from importlib.util import find_spec

NEED_SBI = [
    "test_rounds.py",
    "test_sbi_contract.py",
    "test_sbi_density.py",
    "test_sbi_estimator.py",
    "test_tempering.py",
    "test_vector_field_and_ratio.py",
]

collect_ignore = [] if find_spec("sbi") else NEED_SBI
