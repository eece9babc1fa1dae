"""The estimators of this distribution."""
