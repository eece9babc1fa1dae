"""The sbi toolbox as estimators of ariel-harness."""
