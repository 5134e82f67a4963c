"""The review workbench: what people decide on translations, and the trail of it."""
