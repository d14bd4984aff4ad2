"""What every test may lean on. No network: sockets beyond loopback are blocked in pyproject.toml."""

import os

os.environ.setdefault("PINCITE_OFFLINE", "1")
for _name in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
    os.environ.setdefault(_name, "1")
