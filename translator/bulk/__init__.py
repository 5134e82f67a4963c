"""Parts of a batch run: what is read, what is made of it, and how it is kept."""
