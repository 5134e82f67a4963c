"""Parts of ``evaluation.perturb``: each proposes changes of one kind, with the type of error they make."""
