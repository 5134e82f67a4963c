"""Bulk work: a file or list is taken in, worked on in the background, and fetched when it is done."""
