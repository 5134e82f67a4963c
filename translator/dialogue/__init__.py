"""Parts of ``translator.chat``: where the model is, and what is said to it."""
