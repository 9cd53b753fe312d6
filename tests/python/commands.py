"""The project's commands, run as a user would run them."""

import os
import subprocess
import sys
from pathlib import Path

from warehouse.connection import PROJECT

COMMANDS = Path(sys.executable).parent


def run(*command: str, environment: dict[str, str], check: bool = True, **options):
    """Run one of the project's commands as a user would, from its folder."""
    result = subprocess.run(
        [str(COMMANDS / command[0]), *command[1:]],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    if check and result.returncode:
        raise AssertionError(f"{' '.join(command)}:\n{result.stdout}\n{result.stderr}")
    return result


def dbt(*arguments: str, target: str, environment: dict[str, str], check: bool = True):
    """Run plain dbt; every engine keeps its own target folder, so that both may run at once."""
    return run(
        "dbt", *arguments, "--target", target,
        environment={**environment, "DBT_TARGET_PATH": f"target/test-{target}"},
        check=check,
    )  # fmt: skip
