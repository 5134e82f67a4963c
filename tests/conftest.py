"""Hypothesis by what it finds and not by the clock, which tells on a busy machine only that it is busy.

What the service keeps is kept in a folder that goes when the tests end. Torch works in one thread: on models
as small as the tests' its threads wait for each other longer than they work.
"""

import atexit
import os
import tempfile

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

_kept = tempfile.TemporaryDirectory(prefix="plaincriteria-")
atexit.register(_kept.cleanup)
os.environ["XDG_DATA_HOME"] = _kept.name
os.environ["OMP_NUM_THREADS"] = "1"
