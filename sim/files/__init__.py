"""Text and bytes, no councils: reading, lines, layers, problems, writing, words."""
