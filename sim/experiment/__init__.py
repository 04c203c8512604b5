"""A question: read, checked, and laid out as points to be run."""
