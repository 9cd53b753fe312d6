"""dbt in a fork of a process that has imported it, on a manifest that was parsed before.

Either takes longer than to build a few models, and is the same for all of them.
"""

import atexit
import gc
import os
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    ["dbt.cli.main", "dbt.parser.manifest", "dbt.adapters.postgres", "dbt.adapters.duckdb"]
)


def dbt(arguments: list[str], folder: Path, variables: dict[str, str], parsed: bytes):
    """Invoke dbt as its command would, in this process, which is thrown away afterwards.

    ``parsed`` is a manifest as dbt keeps it for itself, or empty.
    """
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    gc.set_threshold(100_000)  # looking for garbage all the time takes a quarter of it
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    manifest = None
    if parsed:
        manifest = Manifest.from_msgpack(parsed, decoder=extended_mashumuro_decoder)
        manifest.build_flat_graph()
    with StringIO() as said, redirect_stdout(said), redirect_stderr(said):
        result = dbtRunner(manifest).invoke(arguments)
        atexit._run_exitfuncs()  # as a command does when it ends, and a pool's worker does not
        if result.exception:
            print(result.exception)
        return CompletedProcess(arguments, int(not result.success), said.getvalue(), "")
