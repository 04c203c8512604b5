"""What readers see of a sweep: its page, in parts that other pages can take."""
