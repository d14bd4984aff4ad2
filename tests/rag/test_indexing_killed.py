import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kill_adding.py"


def test_killed_at_random_instants_nothing_is_lost_or_half_there() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--instants", "5", "--seed", "7"], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "5 of 5 instants sound", done.stdout + done.stderr
    assert done.returncode == 0
