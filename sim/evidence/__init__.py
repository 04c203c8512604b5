"""Dated facts, and what each setting rests on."""
