"""Runs done, measured and kept; nothing here knows what a result means."""
