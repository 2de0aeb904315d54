"""For every test: hypothesis looks for counter-examples, it doesn't judge how busy the machine is."""

from hypothesis import HealthCheck, settings

# Fixtures that are made once a test, not once an example: the tests that use both put nothing into them.
settings.register_profile(
    "sotp", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("sotp")
