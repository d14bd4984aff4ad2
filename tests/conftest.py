"""What every test may lean on. No network: sockets beyond loopback are blocked in pyproject.toml."""

import os
import signal

os.environ.setdefault("PINCITE_OFFLINE", "1")
for _name in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
    os.environ.setdefault(_name, "1")

# A run in the background inherits a SIGINT that is ignored, and so would the processes that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
