"""Parts of ``translator.inputs``: files and folders to documents, documents to items."""
