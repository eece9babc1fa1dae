"""The sbi toolbox as an estimator of ariel-harness."""
