"""What every test process needs."""

from __future__ import annotations

import signal

# A shell starts its background jobs with SIGINT ignored, and every process that a test starts would inherit that:
# the tests that press Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
