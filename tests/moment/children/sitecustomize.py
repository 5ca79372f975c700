"""Python runs this first in every process that a test starts: its clock follows that of the tests.

Between asking for a time and getting it a busy machine may pause, and the clock would be late by that from then on: so
it is set until it is right, to a hundredth of a second.
"""

import os
import time

import time_machine

AHEAD = float(os.environ["TESTS_AHEAD_BY"])
machine = time_machine.escape_hatch.time
traveller = time_machine.travel(time.time() + AHEAD).start()
while abs(time.time() - machine.time() - AHEAD) > 0.01:
    traveller.move_to(machine.time() + AHEAD)
