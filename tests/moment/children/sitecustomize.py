"""Python runs this first in every process that a test starts: its clock follows that of the tests."""

import os
import time

import time_machine

time_machine.travel(time.time() + float(os.environ["TESTS_AHEAD_BY"])).start()
