"""How Hypothesis searches: without deadlines, and in CI for the same examples in every run.

The one surprise: what is green in CI stays green; who runs the tests at home goes on looking for what fails.
"""

import os

from hypothesis import settings

settings.register_profile("tests", deadline=None, derandomize=bool(os.environ.get("CI")))  # a busy machine is no defect
settings.load_profile("tests")
collect_ignore = ["data"]  # files of older versions, and what made them
