"""Councils, offers and months: one rule book, two engines."""
