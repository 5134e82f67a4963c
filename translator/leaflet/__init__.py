"""The parts of the trial page: what it says, and how its criteria are put in order."""
