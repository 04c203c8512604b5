"""Documents that are made from code, data and findings."""
