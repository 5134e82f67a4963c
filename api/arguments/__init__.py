"""The command's arguments, a module for each group of commands; what they do is in ``api.commands``."""
