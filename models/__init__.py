"""Text in, text out: the small sequence-to-sequence model, its training and its fast engine."""
