"""The faces of the product: command line, HTTP and review."""

COMMAND = "plaincriteria"
"""Name of the command, and of the distribution that brings it."""
