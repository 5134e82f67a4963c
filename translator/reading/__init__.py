"""Parts of ``translator.facts``: numbers, units, comparators and windows of either register."""
