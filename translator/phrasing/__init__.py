"""Parts of ``translator.templates``: the language of the table, and the phrases of the standard."""
