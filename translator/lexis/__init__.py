"""Parts of ``translator.normalise``: the clinical tables, abbreviations, and the spaCy components."""
