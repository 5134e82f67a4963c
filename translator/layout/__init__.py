"""Parts of ``translator.segment``: lines, blocks, pieces, and what marks a heading or a lead-in."""
