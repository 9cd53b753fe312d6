"""The command line. It composes the rooms beside it and holds no logic of its own."""

import csv
import datetime as dt
import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from warehouse import UserError, open_warehouse
from warehouse.connection import embedded_server, home
from warehouse.errors import first_line

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An analytics warehouse of Brazilian marketplaces and companies.",
)
load_app = typer.Typer(no_args_is_help=True, help="Load a source into its staging schema.")
fetch_app = typer.Typer(no_args_is_help=True, help="Fetch a source's files.")
backfill_app = typer.Typer(no_args_is_help=True, help="Fetch, load and build many months.")
simulate_app = typer.Typer(no_args_is_help=True, help="Make realistic invented source data.")
letters_app = typer.Typer()
app.add_typer(fetch_app, name="fetch")
app.add_typer(load_app, name="load")
app.add_typer(backfill_app, name="backfill")
app.add_typer(simulate_app, name="simulate")
app.add_typer(letters_app, name="dead-letters")
auth_app = typer.Typer(no_args_is_help=True, help="Sign in to sources that ask for it.")
app.add_typer(auth_app, name="auth")
users_app = typer.Typer(no_args_is_help=True, help="Users of the HTTP API.")
app.add_typer(users_app, name="users")
alerts_app = typer.Typer(no_args_is_help=True, help="Tell what watched prices did.")
app.add_typer(alerts_app, name="alerts")
# In a log there is no width to fold to.
console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)


class Target(StrEnum):
    postgres = "postgres"
    duckdb = "duckdb"


TargetOption = Annotated[Target, typer.Option(help="Engine, as in dbt's --target.")]


@app.command()
def up(
    port: Annotated[
        int | None, typer.Option(help="Open this loopback TCP port too, for graphical clients.")
    ] = None,
) -> None:
    """Start the embedded PostgreSQL."""
    server = _embedded_or_exit()
    server.start(port)
    warehouse = open_warehouse()
    print(f"PostgreSQL is up: {warehouse.environment['PGHOST']}")
    if port:
        from warehouse.reader import allow_login

        allow_login(warehouse)
        print(f"and at localhost:{port}, database armazem, user reader, password reader")


@app.command()
def down() -> None:
    """Stop the embedded PostgreSQL; what it holds stays."""
    print("PostgreSQL is down" if _embedded_or_exit().stop() else "PostgreSQL was not running")


@app.command()
def status() -> None:
    """Show where the warehouse is and what is loaded. Exits with 1 when it is not up."""
    server = embedded_server()
    if server and not server.is_running():
        print(f"embedded PostgreSQL under {server.home}: not running (armazem up starts it)")
        raise typer.Exit(1)
    from warehouse.ledger import newest

    warehouse = open_warehouse()
    with warehouse.begin() as connection:
        version = connection.scalar(sa.text("show server_version"))
    where = f"embedded under {server.home}" if server else "by the PG* variables"
    print(f"PostgreSQL {version}, {where}")
    for source, as_of, finished_at in newest(warehouse):
        print(f"{source}: as of {as_of:%Y-%m-%d}, loaded at {finished_at:%Y-%m-%d %H:%M} UTC")


@app.command()
def env() -> None:
    """Print the PG* variables of the embedded server, for eval "$(armazem env)"."""
    variables = _embedded_or_exit().environment | {"PGOPTIONS": "-c search_path=marts"}
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")


ReleasesOption = Annotated[
    Path | None,
    typer.Option("--dir", help="Folder of folders such as 2026-05. Default: .armazem/releases."),
]


@fetch_app.command("cnpj")
def fetch_cnpj(
    release: Annotated[
        str | None, typer.Option(help="Month, YYYY-MM. Default: the newest that is complete.")
    ] = None,
    directory: ReleasesOption = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Only show which releases there are.")
    ] = False,
) -> None:
    """Fetch a release of the company registry from its official share, or the rest of it."""
    from ingestion.cnpj.download.fetch import fetch, list_releases
    from ingestion.cnpj.download.settings import settings

    if list_only:
        releases = list_releases(settings(), _say)
        rows = [(r.month, len(r.files), r.size, "no" if r.missing else "yes") for r in releases]
        _print_table(["release", "files", "bytes", "complete"], rows)
        return
    with _progress() as progress:
        folder = directory or home() / "releases"
        fetched = fetch(settings(), folder, release, progress, _say)
    found = shlex.quote(str(folder / fetched.month))
    print(f"release {fetched.month}, extracted on {fetched.extraction_date}: all files are there")
    print(f"armazem load cnpj --dir {found}")


@backfill_app.command("cnpj")
def backfill_cnpj(
    first: Annotated[str, typer.Option("--from", help="First month, YYYY-MM.")],
    last: Annotated[str, typer.Option("--to", help="Last month, YYYY-MM.")],
    directory: ReleasesOption = None,
    discard_zips: Annotated[
        bool, typer.Option(help="Remove the files of a month once it is built.")
    ] = False,
    target: TargetOption = Target.postgres,
) -> None:
    """Fetch, load and build months of the company registry, in order, from where it stopped."""
    from ingestion.cnpj.backfill import backfill
    from ingestion.cnpj.download.settings import settings

    folder, warehouse = directory or home() / "releases", open_warehouse(target.value)
    backfill(warehouse, settings(), folder, first, last, discard_zips, _progress, _say)


@load_app.command("cnpj")
def load_cnpj(
    directory: Annotated[
        list[Path], typer.Option("--dir", help="Folder of the release's zips or CSVs; repeatable.")
    ],
    release: Annotated[str | None, typer.Option(help="Month of the release, YYYY-MM.")] = None,
    extracted_on: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Extraction date, where the files do not tell."),
    ] = None,
    allow_partial: Annotated[
        bool, typer.Option(help="Accept missing files and mixed extraction dates.")
    ] = False,
    allow_shrink: Annotated[
        bool, typer.Option(help="Accept a table more than 5 % smaller than the one loaded.")
    ] = False,
    allow_gap: Annotated[
        bool, typer.Option(help="Replace a release that has not been built into the history.")
    ] = False,
    target: TargetOption = Target.postgres,
) -> None:
    """Load a release of the company registry, replacing the one before it."""
    from ingestion.cnpj import find_release
    from ingestion.cnpj.load import load, require_no_gap

    date = extracted_on.date() if extracted_on else None
    found = find_release(directory, release, date, allow_partial)
    warehouse = open_warehouse(target.value)
    if not allow_gap:
        require_no_gap(warehouse, found)
    for path in found.ignored:
        print(f"ignored, no registry file: {path.name}")
    with _progress() as progress:
        result = load(warehouse, found, allow_shrink, progress)
    print(
        f"release {found.month}, extracted on {found.extraction_date}:"
        f" {result.total('source_rows'):,} rows = {result.total('loaded_rows'):,} loaded"
        f" + {result.total('dead_lettered_rows'):,} dead-lettered"
    )


@load_app.command("mercadolivre")
def load_mercadolivre(
    account: Annotated[
        list[int] | None, typer.Option(help="Only this account; repeatable. Default: all.")
    ] = None,
    only: Annotated[
        str, typer.Option(help="Only these resources, as in orders,items; see armazem doctor.")
    ] = "",
    since: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Read orders changed since, and all listings."),
    ] = None,
    target: TargetOption = Target.postgres,
) -> None:
    """Load what is new on Mercado Livre: own accounts, and the products that are watched."""
    from ingestion.mercadolivre.load import open_loader

    names = [name.strip() for name in only.split(",") if name.strip()]
    after = since.replace(tzinfo=dt.UTC) if since else None
    with _progress() as progress:
        loader = open_loader(open_warehouse(target.value), console.print, progress)
        with loader:
            result = loader.load(names, account or (), after)
    _print_table(*result.summary())
    for name, count in sorted((result.drift.fields + result.drift.words).items()):
        print(f"new to us: {name}, {count} times")
    if result.problems.failed:
        raise UserError("; ".join(result.problems.failed))


@load_app.command("reference")
def load_reference(
    allow_shrink: Annotated[
        bool, typer.Option(help="Accept a list more than 5 % smaller than the one loaded.")
    ] = False,
    target: TargetOption = Target.postgres,
) -> None:
    """Load the code lists of IBGE and the Treasury, replacing those loaded."""
    from ingestion.reference import settings
    from ingestion.reference.load import load

    for entry in load(open_warehouse(target.value), settings(), allow_shrink):
        print(f"{entry.resource}: {entry.loaded_rows:,} of {entry.source_rows:,} rows loaded")


@load_app.command("pages")
def load_pages(target: TargetOption = Target.postgres) -> None:
    """Ask the pages of watched products for what the API lacks; off until shops are allowed."""
    from ingestion.pages import settings
    from ingestion.pages.load import load

    with _progress() as progress:
        result = load(open_warehouse(target.value), settings(), console.print, progress)
    _print_table(*result.summary())


@app.command()
def doctor(
    probe: Annotated[
        bool, typer.Option("--probe", help="Ask every endpoint now, instead of what is stored.")
    ] = False,
) -> None:
    """Show what is set up, who has signed in, and what each may ask. Problems exit with 1."""
    from ingestion.mercadolivre.doctor import Diagnosis, diagnose
    from ingestion.mercadolivre.load import open_loader
    from ingestion.mercadolivre.settings import settings
    from warehouse.secrets import vault

    warehouse = open_warehouse()
    print(f"warehouse: {warehouse.environment['PGHOST']}, {warehouse.environment['PGDATABASE']}")
    try:
        app_settings, keys = settings(), vault()
    except UserError as error:
        print(f"not set up: {error}")
        return
    print(f"mercadolivre: app {app_settings.client_id} at {app_settings.api_url}")
    if probe:
        with open_loader(warehouse, print) as loader:
            loader.probe()
    found = diagnose(warehouse, app_settings, keys)
    columns = ["account", "nickname", "status", "token until (UTC)"]
    accounts = [
        (str(a.user_id), a.nickname, a.status, f"{a.expires_at:%Y-%m-%d %H:%M}")
        for a in found.accounts
    ]
    _print_table(columns, accounts, title="Accounts (armazem auth mercadolivre adds one)")
    _print_table(list(Diagnosis.MATRIX), found.matrix, title="What each may ask")
    if found.problems:
        raise UserError("; ".join(found.problems))


@auth_app.command("mercadolivre")
def auth_mercadolivre() -> None:
    """Sign an account in to Mercado Livre, for this warehouse to read it."""
    from ingestion.mercadolivre import oauth
    from ingestion.mercadolivre.settings import settings
    from warehouse.secrets import vault

    app_settings, keys = settings(), vault()
    verifier, state = oauth.new_secret(), oauth.new_secret()
    address = oauth.authorisation_url(app_settings, state, oauth.challenge_of(verifier))
    accounts = oauth.Accounts(open_warehouse(), app_settings, keys)
    print(f"Open this address as the account's administrator and consent:\n\n{address}\n")
    print("Then paste the address you are sent to, or the code in it: ", end="", flush=True)
    account = accounts.add(oauth.pasted_code(sys.stdin.readline(), state), verifier)
    print(f"\naccount {account.user_id} ({account.nickname or 'no nickname'}) is signed in")


@auth_app.command("new-key")
def auth_new_key() -> None:
    """Print a fresh key for ARMAZEM_SECRET_KEY."""
    from warehouse.secrets import new_key

    print(new_key())


@simulate_app.command("cnpj")
def simulate_cnpj(
    out: Annotated[Path, typer.Option(help="Folder to write the releases into.")],
    companies: Annotated[int, typer.Option(min=1)] = 2_000,
    months: Annotated[int, typer.Option(min=1)] = 3,
    seed: Annotated[int, typer.Option()] = 1,
    first_month: Annotated[str, typer.Option(help="YYYY-MM.")] = "2026-05",
) -> None:
    """Write monthly releases of an invented registry in the official form."""
    from simulators.cnpj import simulate

    try:
        releases = simulate(out, companies, months, seed, first_month)
    except ValueError as error:
        raise UserError(str(error)) from error
    for release in releases:
        print(f"{release.path}: {sum(release.rows.values()):,} rows")


@app.command()
def ledger(
    as_json: Annotated[bool, typer.Option("--json", help="Every entry, as JSON.")] = False,
    target: TargetOption = Target.postgres,
) -> None:
    """Show what every load did with every row it was given."""
    from warehouse.ledger import entries, summary

    warehouse = open_warehouse(target.value)
    if as_json:
        print(json.dumps(entries(warehouse), indent=2, default=str))
    else:
        _print_table(*summary(warehouse))


LettersAsJson = Annotated[bool, typer.Option("--json", help="With payloads, as JSON.")]
LetterId = Annotated[
    str, typer.Argument(metavar="ID", help="As listed; 4 characters of it may be enough.")
]
LetterIds = Annotated[list[str], typer.Argument(metavar="ID", help="As listed.")]
LettersSource = Annotated[str | None, typer.Option(help="Only letters of this source.")]


@letters_app.callback(invoke_without_command=True)
def dead_letters(
    context: typer.Context, as_json: LettersAsJson = False, target: TargetOption = Target.postgres
) -> None:
    """The rows that could not be taken, and why; without a command, list those that are open."""
    if context.invoked_subcommand is None:
        list_letters(as_json=as_json, target=target)
    # options given here hold for the command that follows
    given = {"as_json": as_json, "target": target.value}
    context.default_map = dict.fromkeys(("list", "show", "discard", "replay"), given)


@letters_app.command("list")
def list_letters(
    everything: Annotated[
        bool, typer.Option("--all", help="Replayed and discarded ones too.")
    ] = False,
    source: LettersSource = None,
    as_json: LettersAsJson = False,
    target: TargetOption = Target.postgres,
) -> None:
    """List the rows that could not be taken, and why."""
    from warehouse.dead_letters import letters

    found = letters(open_warehouse(target.value), None if everything else "open", source)
    if as_json:
        print(json.dumps(found, indent=2, default=str))
        return
    shown = [
        "id", "status", "source", "resource", "error_class", "error_message", "location",
        "occurrences",
    ]  # fmt: skip
    if not everything:
        shown.remove("status")
    _print_table(shown, [tuple(letter[name] for name in shown) for letter in found])


@letters_app.command("show")
def show_letter(letter_id: LetterId, target: TargetOption = Target.postgres) -> None:
    """Show all that is known of a letter, and its payload."""
    from warehouse.dead_letters import find

    letter = find(open_warehouse(target.value), letter_id)
    payload = letter.pop("payload")
    for name, value in letter.items():
        print(f"{name}: {'' if value is None else value}")
    with suppress(ValueError):
        payload = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    print(f"\n{payload}")


@letters_app.command("discard")
def discard_letters(letter_ids: LetterIds, target: TargetOption = Target.postgres) -> None:
    """Give letters up: they are listed no more, even when a load meets them again."""
    from warehouse.dead_letters import discard

    print(f"discarded: {discard(open_warehouse(target.value), letter_ids)}")


@letters_app.command("replay")
def replay_letters(
    letter_ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="As listed.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    source: LettersSource = None,
    target: TargetOption = Target.postgres,
) -> None:
    """Try again to get what the letters stand for. Exits with 1 when some still fail."""
    from warehouse.dead_letters import find, letters

    if everything == bool(letter_ids):
        raise UserError("give the IDs of the letters to replay, or --all")
    warehouse = open_warehouse(target.value)
    chosen = letters(warehouse) if everything else [find(warehouse, each) for each in letter_ids]
    by_source: dict[str, list[dict]] = {}
    for letter in {letter["id"]: letter for letter in chosen}.values():
        if source in (None, letter["source"]):
            by_source.setdefault(letter["source"], []).append(letter)
    replayed = failing = 0
    if of_api := by_source.pop("mercadolivre", None):
        from ingestion.mercadolivre.load import replay

        replayed, failing = replay(warehouse, of_api)
    print(f"replayed: {replayed}, still failing: {failing}")
    if "alerts" in by_source:
        raise UserError("messages are sent again by armazem alerts retry")
    if by_source:
        raise UserError(
            f"letters of {', '.join(sorted(by_source))} cannot be replayed one by one: load the"
            " source again, once it is mended"
        )
    if failing:
        raise typer.Exit(1)


@alerts_app.command("send")
def send_alerts(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; change nothing.")
    ] = False,
) -> None:
    """Decide what is new on watched prices, and send what is due. Run it after each build.

    Exits with 1 when messages became dead letters.
    """
    from serving.alerts.send import preview, send
    from serving.alerts.settings import settings

    if dry_run:
        for state, channel, destination, text in preview(open_warehouse(), settings()):
            print(f"{state} for {channel} {destination}:\n{text}\n")
        return
    result = send(open_warehouse(), settings())
    print(", ".join(f"{result[name]} {name}" for name in ("sent", "later", "held")))
    if lost := result["dead"] + result["uncertain"]:
        letters = "message is a dead letter" if lost == 1 else "messages are dead letters"
        raise UserError(f"{lost} {letters}: see armazem alerts list")


@alerts_app.command("list")
def list_alerts(
    state: Annotated[
        str | None, typer.Option(help="Only held, due, sent, uncertain, dead, ... ones.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With texts, as JSON.")] = False,
) -> None:
    """List the messages, newest first, and what became of them."""
    from serving.alerts.outbox import messages

    found = messages(open_warehouse(), state)
    if as_json:
        print(json.dumps(found, indent=2, default=str))
        return
    shown = [
        "message_id", "state", "channel", "destination", "part", "attempts", "created_at",
        "sent_at", "error",
    ]  # fmt: skip
    _print_table(shown, [tuple(message[name] for name in shown) for message in found])


@alerts_app.command("retry")
def retry_alerts(
    message_ids: Annotated[list[int], typer.Argument(metavar="ID", help="As listed.")],
) -> None:
    """Make messages that are dead or uncertain due again, for the next run to send."""
    from serving.alerts.outbox import retry
    from warehouse.tables import now

    print(f"due again: {retry(open_warehouse(), message_ids, now())}")


@alerts_app.command("watch")
def watch_price(
    user: Annotated[str, typer.Option(help="Whose watch it is: a user of the API.")],
    item: Annotated[str | None, typer.Option(help="A listing.")] = None,
    product: Annotated[str | None, typer.Option(help="Of dim_product or the catalogue.")] = None,
    context: Annotated[str | None, typer.Option(help="As in price_series.")] = None,
    fall_percent: Annotated[float | None, typer.Option()] = None,
    rise_percent: Annotated[float | None, typer.Option()] = None,
    back_in_stock: Annotated[bool, typer.Option("--back-in-stock")] = False,
    hysteresis_percent: Annotated[float | None, typer.Option()] = None,
    cooldown_minutes: Annotated[int | None, typer.Option()] = None,
    telegram: Annotated[str, typer.Option(help="Id of the chat to tell.")] = "",
    apprise: Annotated[str, typer.Option(help="Or a name of ALERTS__APPRISE_URLS.")] = "",
) -> None:
    """Watch a listing or product. The API can do more, and has the same rules and defaults."""
    from serving.alerts.watches import add

    if bool(telegram) == bool(apprise):
        raise UserError("give one of --telegram and --apprise")
    print(add(
        open_warehouse(), user, channel="telegram" if telegram else "apprise",
        destination=telegram or apprise, item_id=item, product_id=product, context=context,
        fall_percent=fall_percent, rise_percent=rise_percent, is_back_in_stock=back_in_stock,
        hysteresis_percent=hysteresis_percent, cooldown_minutes=cooldown_minutes,
    ))  # fmt: skip


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A statement, or - to read it from standard input.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of a table.")] = False,
    target: TargetOption = Target.postgres,
) -> None:
    """Run a query as a reader, who sees the schema marts only."""
    from warehouse.reader import read

    query = sys.stdin.read() if query == "-" else query
    names, rows = read(open_warehouse(target.value, migrate=False), query)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([names, *rows])
    else:
        _print_table(names, rows)


class ExportFormat(StrEnum):
    parquet = "parquet"
    csv = "csv"


@app.command()
def export(
    to: Annotated[
        str | None,
        typer.Option(help="Folder, s3://bucket/prefix or gs://…. Default: .armazem/exports."),
    ] = None,
    models: Annotated[
        str, typer.Option(help="Only these marts, as in dim_company,fact_sales. Default: all.")
    ] = "",
    file_format: Annotated[
        ExportFormat, typer.Option("--format", help="Kind of the files.")
    ] = ExportFormat.parquet,
    keep: Annotated[int, typer.Option(min=1, help="Exports that stay, this one included.")] = 2,
    target: TargetOption = Target.postgres,
) -> None:
    """Write the marts to files, with a manifest; latest.json names the newest export."""
    from serving.exports import export

    names = [name.strip() for name in models.split(",") if name.strip()]
    place = to or str(home() / "exports")
    warehouse = open_warehouse(target.value, migrate=False)
    with _progress() as progress:
        manifest = export(warehouse, place, names, file_format.value, keep, progress)
    rows = sum(mart["rows"] for mart in manifest["marts"])
    print(f"{len(manifest['marts'])} marts, {rows:,} rows: {place}/{manifest['export_id']}")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Serve the HTTP API over the marts; its documentation is at /docs."""
    from serving.api.server import serve

    serve(host, port, workers)


ScopesOption = Annotated[
    list[str] | None, typer.Option("--scope", help="read, write or operate; repeatable.")
]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@users_app.command("add")
def add_user(name: str, scopes: ScopesOption = None, password_stdin: PasswordStdin = False) -> None:
    """Add a user; without --scope, one that may read and write."""
    from serving.users import add

    add(open_warehouse(), name, _password(password_stdin), scopes or ["read", "write"])
    print(f"added: {name}")


@users_app.command("change")
def change_user(
    name: str,
    scopes: ScopesOption = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for another one.")] = False,
    password_stdin: PasswordStdin = False,
) -> None:
    """Give a user another password, or other scopes."""
    from serving.users import change

    asked = _password(password_stdin) if password or password_stdin else None
    if asked is None and not scopes:
        raise UserError("nothing to change: give --password or --scope")
    change(open_warehouse(), name, asked, scopes)
    print(f"changed: {name}")


@users_app.command("remove")
def remove_user(name: str) -> None:
    """Remove a user, and all they watch."""
    from serving.users import remove

    remove(open_warehouse(), name)
    print(f"removed: {name}")


@users_app.command("list")
def list_users() -> None:
    """List the users and what they may."""
    from serving.users import users

    rows = [(*row[:2], f"{row[2]:%Y-%m-%d}") for row in users(open_warehouse())]
    _print_table(["name", "scopes", "added"], rows)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return typer.prompt("password", hide_input=True, confirmation_prompt=True)


@app.command()
def demo(
    companies: Annotated[
        int, typer.Option(min=500, help="Size of the invented registry.")
    ] = 10_000,
    target: TargetOption = Target.postgres,
) -> None:
    """Load three months of an invented registry and marketplace, build, show, and serve them."""
    from armazem_demo import Demo

    demo = Demo(open_warehouse(target.value), companies, _print_table)
    demo.load_and_build()
    demo.answer_questions()
    if target is Target.postgres:
        demo.serve()
    demo.show_timings()
    if target is Target.postgres and embedded_server():
        print("\nThe database stays up for dbt, psql, `armazem sql` and `armazem serve`;")
        print("`armazem down` stops it.")


def _embedded_or_exit():
    server = embedded_server()
    if not server:
        raise UserError("PG* variables name another server; unset them to use the embedded one")
    return server


def _say(line: str) -> None:
    """A line as a whole, whatever other threads say, and at once, for those who watch a log."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def _progress() -> Iterator:
    """A callback (what, done, total): bars on a terminal, a line per finished step in a log."""
    if not console.is_terminal:
        yield lambda what, done, total: print(f"{what}: {total}") if done == total else None
        return
    with Progress(console=console, transient=True) as bars:
        tasks: dict[str, int] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield show


def _print_table(names: list[str], rows: list[tuple], title: str | None = None) -> None:
    if title:
        console.print(f"\n{title}", style="bold")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for position, name in enumerate(names):
        numeric = all(isinstance(row[position], int | float | Decimal) for row in rows)
        table.add_column(name, justify="right" if rows and numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(*each)) for each in zip(names, row, strict=True)))
    console.print(table)


def _shown(name: str, value: object) -> str:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    if is_count and not name.endswith(("_id", "_year")):
        return f"{value:,}"
    return "" if value is None else str(value)


def main() -> None:
    """Entry point: what the user can mend is one line on standard error and exit code 1."""
    try:
        app()
    except (UserError, OSError) as error:
        message = str(error)
    except sa.exc.DBAPIError as error:
        message = first_line(error)
    else:
        return
    print(f"error: {message}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
