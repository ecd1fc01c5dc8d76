"""The PostgreSQL image makes a cluster, keeps it and refuses what it cannot serve; no shell."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.cli import Ironhull
from tests.acceptance.conftest import new_home
from tests.acceptance.database_image import (
    DATA,
    NAME,
    PASSWORD,
    SCRIPTS,
    DatabaseImage,
    Running,
    database_image,
)

pytestmark = [pytest.mark.network, pytest.mark.root, pytest.mark.slow]


@pytest.fixture(scope="module")
def ironhull(
    debian_archive: str, downloads: Path, tmp_path_factory: pytest.TempPathFactory
) -> Ironhull:
    """A store with the image."""
    made = Ironhull(new_home(tmp_path_factory.mktemp("database") / "home", downloads))
    made("base", "build", "postgres:17", "-q")
    return made


@pytest.fixture(scope="module")
def image(ironhull: Ironhull, tmp_path_factory: pytest.TempPathFactory) -> DatabaseImage:
    return database_image(ironhull, tmp_path_factory.mktemp("image"))


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that another user may pass, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="ih-db-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture(scope="module")
def server(image: DatabaseImage) -> Iterator[Running]:
    """A server that tests only ask."""
    with tempfile.TemporaryDirectory(prefix="ih-db-") as made:
        Path(made).chmod(0o755)
        with image.serving(image.directory(Path(made) / "data")) as running:
            yield running


@pytest.fixture
def data(image: DatabaseImage, place: Path) -> Path:
    return image.directory(place / "data")


def scripts(place: Path, **files: str) -> Path:
    """SQL files by name, readable for everybody."""
    directory = place / "scripts"
    directory.mkdir(exist_ok=True)
    for name, content in files.items():
        (directory / name.replace("__", ".")).write_text(content, "utf-8")
    return directory


# ── a server ─────────────────────────────────────────────────────────────────────────────────────


def test_data_is_kept_over_a_restart(image: DatabaseImage, data: Path) -> None:
    names = {"POSTGRES_USER": "Zoë Müller-1", "POSTGRES_DB": 'host=nowhere "x"'}
    session = {"user": names["POSTGRES_USER"], "dbname": names["POSTGRES_DB"]}
    with image.serving(data, **names) as running:
        with running.connect(**session) as open_session:
            open_session.execute("CREATE TABLE guests AS SELECT 'Zoë' AS name")
        assert running.kill("INT") == 0
    with image.serving(data, POSTGRES_PASSWORD="another") as running:
        assert running.ask("TABLE guests", **session) == [("Zoë",)]
        assert "POSTGRES_* and /docker-entrypoint-initdb.d change nothing" in running.said()
        assert running.kill("TERM") == 0


def test_who_is_let_in(server: Running) -> None:
    assert server.ask("SELECT current_user") == [("postgres",)]
    for wrong in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            server.connect(password=wrong)
    port = ("-p", str(server.port))
    inside = server.execute("psql", *port, "-U", "postgres", "-Atc", "SELECT 6 * 7")
    assert inside.stdout == "42\n", inside.stderr
    local = server.execute("psql", *port, "-h", "127.0.0.1", "-wU", "postgres", "-c", "")
    assert "no password supplied" in local.stderr
    methods = server.ask("SELECT DISTINCT type, auth_method FROM pg_hba_file_rules")
    assert sorted(methods) == [("host", "scram-sha-256"), ("local", "peer")]


def test_settings_from_files(image: DatabaseImage, data: Path, place: Path) -> None:
    secrets = place / "secrets"
    secrets.mkdir()
    values = {"PASSWORD": PASSWORD, "USER": "owner", "DB": "shop"}
    environment = {"POSTGRES_PASSWORD": ""}
    for name, value in values.items():
        (secrets / name).write_text(f"{value}\n\n", "utf-8")
        environment[f"POSTGRES_{name}_FILE"] = f"/run/secrets/{name}"
    with image.started({DATA: data, "/run/secrets": secrets}, **environment) as running:
        running.until_ready()
        found = running.ask("SELECT current_user, current_database()", user="owner", dbname="shop")
        assert found == [("owner", "shop")]


def test_arguments_and_options_of_initdb(image: DatabaseImage, data: Path) -> None:
    options = "--data-checksums --locale-provider=icu --icu-locale='en-US' -c 'work_mem=5MB'"
    with image.serving(data, "-c", "max_connections=17", POSTGRES_INITDB_ARGS=options) as running:
        shown = {
            name: running.ask(f"SHOW {name}")[0][0]
            for name in ("max_connections", "data_checksums", "work_mem", "listen_addresses")
        }
        assert shown == {
            "max_connections": "17",
            "data_checksums": "on",
            "work_mem": "5MB",
            "listen_addresses": "*",
        }
        (locale,) = running.ask("SELECT datlocale FROM pg_database WHERE datname = 'postgres'")
        assert locale == ("en-US",)


def test_trust_has_to_be_asked_for(image: DatabaseImage, data: Path) -> None:
    trust = {"POSTGRES_PASSWORD": "", "POSTGRES_HOST_AUTH_METHOD": "trust"}
    with image.serving(data, **trust) as running:
        assert running.ask("SELECT 1", password="") == [(1,)]
        assert "lets in everybody" in running.said()


def test_any_user_the_data_belongs_to(image: DatabaseImage, place: Path) -> None:
    data = image.directory(place / "data", uid=4242)
    with image.started({DATA: data}, uid=4242) as running:
        running.until_ready()
        assert running.ask("SELECT 1") == [(1,)]
        refused = running.execute(
            "psql", "-p", str(running.port), "-wU", "postgres", "-c", "SELECT 1"
        )
        assert "no password supplied" in refused.stderr


def test_extensions_and_collations_are_whole(server: Running) -> None:
    with server.connect() as session:
        found = session.execute("SELECT name FROM pg_available_extensions").fetchall()
        names = {name for (name,) in found}
        assert {"pg_stat_statements", "pgcrypto", "postgres_fdw", "uuid-ossp"} <= names
        for name in sorted(names):
            session.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE'.encode())
        providers = session.execute("SELECT DISTINCT collprovider FROM pg_collation").fetchall()
        assert {provider for (provider,) in providers} == {"b", "c", "d", "i"}
        (row,) = session.execute("SELECT now() AT TIME ZONE 'Europe/Berlin'").fetchall()
        assert row[0] is not None


# ── no shell ─────────────────────────────────────────────────────────────────────────────────────


def test_nothing_runs_as_root(server: Running) -> None:
    process = Path(f"/proc/{server.pid()}")
    status = process.joinpath("status").read_text("utf-8")
    assert re.findall(r"^[UG]id:\t(.*)$", status, re.MULTILINE) == ["\t".join(["65532"] * 4)] * 2
    given = process.joinpath("environ").read_bytes()
    assert PASSWORD.encode() not in given
    assert b"LD_PRELOAD" not in given
    assert "noshell" not in process.joinpath("maps").read_text("utf-8")


@pytest.mark.parametrize("name", ["sh", "/bin/sh", "bash", "/usr/bin/dash", "perl", "apt-get"])
def test_no_shell_can_be_executed(server: Running, name: str) -> None:
    done = server.execute(name, "-c", "true")
    assert done.returncode != 0
    said = done.stderr.lower()
    assert "no such file" in said or "executable file not found" in said, said


def test_the_server_starts_no_programs(server: Running) -> None:
    with server.connect() as session:
        session.execute("CREATE TABLE got (line text)")
        with pytest.raises(psycopg.Error, match=r"program|command"):
            session.execute("COPY got FROM PROGRAM 'locale -a'")
        assert session.execute("SELECT count(*) FROM got").fetchall() == [(0,)]


# ── initialisation ───────────────────────────────────────────────────────────────────────────────


def test_scripts_run_once_in_order(image: DatabaseImage, data: Path, place: Path) -> None:
    given = scripts(
        place,
        **{
            "20-rows__sql": "INSERT INTO t VALUES (current_database());",
            "10-table__sql": "CREATE TABLE t (name text);",
            "__hidden": "not looked at",
        },
    )
    for _ in range(2):
        with image.started({DATA: data, SCRIPTS: given}, POSTGRES_DB="shop") as running:
            running.until_ready()
            assert running.ask("TABLE t", dbname="shop") == [("shop",)]
            running.kill("INT")


def test_a_script_that_fails_leaves_nothing(image: DatabaseImage, data: Path, place: Path) -> None:
    given = scripts(place, **{"10__sql": "CREATE TABLE t ();", "20__sql": "SELEC 1;"})
    said = image.refused({DATA: data, SCRIPTS: given})
    assert "20.sql failed with exit status 3" in said
    assert 'syntax error at or near "SELEC"' in said
    assert list(data.iterdir()) == []
    (given / "20.sql").write_text("SELECT 1;", "utf-8")
    with image.started({DATA: data, SCRIPTS: given}) as running:
        running.until_ready()
        assert running.ask("TABLE t") == []


@pytest.mark.parametrize("name", ["20-setup__sh", "data__sql__gz", "README", "x__sql__d"])
def test_other_scripts_are_refused_first(
    image: DatabaseImage, data: Path, place: Path, name: str
) -> None:
    given = scripts(place, **{"10__sql": "SELECT 1;", name: "echo hello"})
    said = image.refused({DATA: data, SCRIPTS: given})
    assert f"{name.replace('__', '.')} cannot be run: only *.sql is" in said
    assert list(data.iterdir()) == []


def test_not_ready_before_all_is_done(image: DatabaseImage, data: Path, place: Path) -> None:
    given = scripts(place, slow__sql="SELECT pg_sleep(600);")
    with image.started({DATA: data, SCRIPTS: given}) as running:
        running.until("slow.sql")
        time.sleep(0.5)
        assert running.execute("pg_isready", "-p", str(running.port)).returncode == 2
        assert running.kill("TERM") == 1
        assert "stopped by signal 15" in running.said()
    assert list(data.iterdir()) == []


def test_what_was_cut_short_is_told_and_done_again(
    image: DatabaseImage, data: Path, place: Path
) -> None:
    given = scripts(place, slow__sql="SELECT pg_sleep(600);")
    with image.started({DATA: data, SCRIPTS: given}) as running:
        running.until("slow.sql")
        running.kill("KILL")
    assert [path.name for path in data.iterdir()] == [".initialising"]
    with image.serving(data) as running:
        assert "was cut short" in running.said()
        assert running.ask("SELECT 1") == [(1,)]
    assert not (data / ".initialising").exists()


def test_a_move_that_was_cut_short_is_finished(image: DatabaseImage, data: Path) -> None:
    with image.serving(data) as running:
        with running.connect() as session:
            session.execute("CREATE TABLE t AS SELECT 7 AS x")
        running.kill("INT")
    half = data / ".initialised"
    half.mkdir(mode=0o700)
    os.chown(half, 65532, 65532)
    for name in ("PG_VERSION", "base", "pg_wal"):
        shutil.move(data / name, half / name)
    with image.serving(data) as running:
        assert running.ask("TABLE t") == [(7,)]
        assert "moved a cluster that was complete into place" in running.said()
    assert not half.exists()


def test_two_servers_do_not_share_a_directory(image: DatabaseImage, data: Path) -> None:
    with image.serving(data) as running:
        assert "another container uses" in image.refused({DATA: data})
        assert running.ask("SELECT 1") == [(1,)]
    with image.serving(data):
        pass


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"POSTGRES_PASSWORD": ""}, "set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"),
        ({"POSTGRES_PASSWORD_FILE": "/x"}, "both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE"),
        ({"POSTGRES_USER_FILE": "/x"}, "POSTGRES_USER: cannot read /x: No such file"),
        ({"POSTGRES_PASSWORD": "a\nb"}, "POSTGRES_PASSWORD must be one line"),
        ({"POSTGRES_USER": 'a"b'}, "POSTGRES_USER must not hold any of"),
        ({"POSTGRES_USER": "pg_x"}, "initdb failed with exit status 1"),
        ({"POSTGRES_HOST_AUTH_METHOD": "open"}, "is not a method of pg_hba.conf: open"),
        ({"POSTGRES_INITDB_ARGS": "--x 'y"}, "not a list of words, a quote is not closed"),
        ({"POSTGRES_INITDB_ARGS": "$(id)"}, "not a list of words, it has a character"),
        ({"POSTGRES_INITDB_ARGS": "> /tmp/x"}, "not a list of words, it has a redirection"),
        ({"POSTGRES_INITDB_ARGS": "--nonsense"}, "initdb failed with exit status 1"),
        ({"PGDATA": "data"}, "PGDATA must be an absolute path"),
        ({"PGDATA": "/nowhere/data"}, "cannot make /nowhere: Read-only file system"),
    ],
)
def test_wrong_settings(
    image: DatabaseImage, data: Path, environment: dict[str, str], said: str
) -> None:
    assert said in image.refused({DATA: data}, **environment)
    assert list(data.iterdir()) == []


def test_root_is_refused(image: DatabaseImage, place: Path) -> None:
    data = image.directory(place / "data", uid=0)
    assert "does not run as root" in image.refused({DATA: data}, uid=0)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"PG_VERSION": "16\n"}, "holds a cluster of PostgreSQL 16, this is PostgreSQL 17"),
        ({"PG_VERSION": "17\n"}, "is half initialised"),
        ({"PG_VERSION": ""}, "its PG_VERSION is empty"),
        ({"lost+found": ""}, "is not empty and not a cluster, it has lost+found"),
        ({".initialised": "", "PG_VERSION": "17\n"}, "is half initialised"),
    ],
)
def test_directories_of_something_else(
    image: DatabaseImage, data: Path, files: dict[str, str], said: str
) -> None:
    for name, content in files.items():
        (data / name).write_text(content, "utf-8")
        os.chown(data / name, 65532, 65532)
    before = sorted(path.name for path in data.iterdir())
    assert said in image.refused({DATA: data})
    assert sorted(path.name for path in data.iterdir()) == before


def test_a_directory_of_somebody_else(image: DatabaseImage, place: Path) -> None:
    data = image.directory(place / "data", uid=999)
    said = image.refused({DATA: data})
    assert "belongs to user 999, the server runs as 65532" in said
    assert "chown -R 65532:65532" in said


# ── what else it does ────────────────────────────────────────────────────────────────────────────


def test_other_programs_run_as_they_are(image: DatabaseImage, data: Path) -> None:
    with image.started({DATA: data}, "pg_dump", "--version") as running:
        assert running.process.wait(60) == 0
        assert "pg_dump (PostgreSQL) 17." in running.said()
    with image.started({DATA: data}, "--version", POSTGRES_PASSWORD="") as running:
        assert running.process.wait(60) == 0
        assert "postgres (PostgreSQL) 17." in running.said()
    with image.started({DATA: data}, "sh") as running:
        assert running.process.wait(60) == 127
    assert list(data.iterdir()) == []


def test_its_own_programs_are_in_the_list_of_packages(ironhull: Ironhull) -> None:
    document = ironhull.json("sbom", NAME)
    names = {package["name"] for package in document["packages"]}
    assert {"ironhull-postgres-entrypoint", "ironhull-postgres-noshell", "postgresql-17"} <= names
