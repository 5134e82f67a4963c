"""Parts of ``translator.fidelity``: what each detector notices when it lays two texts side by side."""
