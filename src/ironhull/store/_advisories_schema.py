"""The tables of the advisory index and the number that changes with them."""

APPLICATION_ID = 0x49524F4E  # "IRON" in SQLite's header
SCHEMA_VERSION = 2
"""Changes with the tables, and with the rules that merge claims into them (`advisories._merge`):
an index of another version is made again from what was downloaded."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (
    name TEXT PRIMARY KEY, url TEXT NOT NULL, date TEXT NOT NULL, fetched TEXT NOT NULL,
    records INTEGER NOT NULL, skipped INTEGER NOT NULL, state TEXT NOT NULL, scopes TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE advisory (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, package TEXT NOT NULL, name TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE affected (
    scope TEXT NOT NULL, package TEXT NOT NULL, low BLOB NOT NULL, advisory INTEGER NOT NULL,
    range INTEGER NOT NULL, high BLOB, closed INTEGER NOT NULL,
    PRIMARY KEY (scope, package, low, advisory, range)
) WITHOUT ROWID;
CREATE TABLE exact (
    scope TEXT NOT NULL, package TEXT NOT NULL, version BLOB NOT NULL, advisory INTEGER NOT NULL,
    PRIMARY KEY (scope, package, version, advisory)
) WITHOUT ROWID;
CREATE TABLE examined (scope TEXT, package TEXT, PRIMARY KEY (scope, package)) WITHOUT ROWID;
CREATE TABLE kev (cve TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE epss (cve TEXT PRIMARY KEY, score REAL NOT NULL, percentile REAL NOT NULL)
    WITHOUT ROWID;
"""

INDEXES = "CREATE UNIQUE INDEX advisory_of_package ON advisory (scope, package, name);"
"""Made last, in one go, which is faster than row by row."""
