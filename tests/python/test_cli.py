"""The commands as a user meets them."""

import json
import os
import socket
import subprocess

import pytest
from commands import COMMANDS, run

from warehouse import open_warehouse
from warehouse.connection import LIBPQ_VARIABLES, PROJECT


@pytest.fixture
def no_server(tmp_path):
    """An environment without PG* variables and with a home of its own (a space in its path)."""
    kept = {k: v for k, v in os.environ.items() if k not in LIBPQ_VARIABLES}
    home = tmp_path / "my warehouse"
    yield {**kept, "ARMAZEM_HOME": str(home)}
    subprocess.run(
        [COMMANDS / "armazem", "down"], env={**kept, "ARMAZEM_HOME": str(home)}, check=True
    )


def armazem(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [COMMANDS / "armazem", *arguments], env=env, cwd=PROJECT, capture_output=True, text=True
    )


def test_the_embedded_server_comes_up_and_goes_down(no_server):
    stopped = armazem("status", env=no_server)
    assert (stopped.returncode, "not running" in stopped.stdout) == (1, True)
    assert armazem("up", env=no_server).returncode == 0
    assert armazem("up", env=no_server).returncode == 0, "up twice is fine"
    status = armazem("status", env=no_server)
    assert status.stdout.startswith("PostgreSQL 18")
    exported = armazem("env", env=no_server).stdout
    script = f'{exported}\n"{COMMANDS}/python" -c "import psycopg; psycopg.connect()"'
    subprocess.run(["bash", "-ec", script], env=no_server, check=True)
    assert "is down" in armazem("down", env=no_server).stdout
    assert "was not running" in armazem("down", env=no_server).stdout


def test_a_tcp_port_for_graphical_clients(no_server):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    assert armazem("up", "--port", port, env=no_server).returncode == 0
    ask = (
        f"import psycopg; c = psycopg.connect(host='127.0.0.1', port={port}, dbname='armazem',"
        " user='reader', password='{}'); print(c.execute('select current_user').fetchone()[0])"
    )
    python = [COMMANDS / "python", "-c"]
    let_in = subprocess.run([*python, ask.format("reader")], capture_output=True, text=True)
    assert let_in.stdout == "reader\n", let_in.stderr
    refused = subprocess.run([*python, ask.format("wrong")], capture_output=True, text=True)
    assert "password authentication failed" in refused.stderr
    assert armazem("status", env=no_server).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["load", "cnpj", "--dir", "nowhere"], "error: there is no folder nowhere"),
        (["load", "cnpj", "--dir", "seeds"], "error: no registry files in seeds"),
        (["sql", "select 1 from nothing"], 'error: relation "nothing" does not exist'),
        (["sql", "set role postgres"], "error: the statement returns no rows"),
        (["up"], "error: PG* variables name another server"),
    ],
)
def test_mistakes_get_one_line_and_a_code(environment, arguments, message):
    open_warehouse()
    failed = run("armazem", *arguments, environment=environment, check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith(message)
    assert len(failed.stderr.splitlines()) == 1


def test_an_unreachable_server_is_said_in_one_line(environment):
    for wrong in ({"PGHOST": "/nowhere"}, {"PGDATABASE": "missing"}):
        failed = run("armazem", "ledger", environment={**environment, **wrong}, check=False)
        assert failed.returncode == 1
        assert failed.stderr.startswith("error: cannot reach PostgreSQL")
        assert len(failed.stderr.splitlines()) == 1


def test_the_ledger_as_json(environment):
    assert json.loads(run("armazem", "ledger", "--json", environment=environment).stdout) == []
