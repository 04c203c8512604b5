"""Bridges to tools that researchers use already; each needs the package that it leads to."""
