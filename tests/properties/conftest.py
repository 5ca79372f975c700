"""How long Hypothesis looks: HYPOTHESIS_PROFILE=deep looks for hours of bugs instead of seconds."""

import os

from hypothesis import HealthCheck, settings

# A world is a community of its own, so one database serves all examples of a test; how long one takes says nothing.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}

settings.register_profile("quick", max_examples=40, print_blob=True, **_COMMON)
settings.register_profile("deep", max_examples=3_000, print_blob=True, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
