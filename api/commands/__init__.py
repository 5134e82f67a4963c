"""What the commands do; their arguments are in ``api.arguments``."""
