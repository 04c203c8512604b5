"""Comparison of scenarios: estimators, tables and words."""
