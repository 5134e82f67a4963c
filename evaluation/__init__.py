"""Judges the translator; ships nothing to it."""
