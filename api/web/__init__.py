"""The reviewers' pages: plain HTML from templates, which works without scripts."""
