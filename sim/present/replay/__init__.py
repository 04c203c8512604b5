"""One simulated future replayed month by month: a page, a film or a strip of pictures."""
