"""The checks that a draft of our own model must pass beside the scorer; see ``translator.grounding``."""
