"""The tables of the advisory index and the number that changes with them.

What is computed of the claims (advisory, common, affected, exact, alias) lies beside the claims
themselves, so that an update reads anew only what changed, and `explain` shows what each source
says. Rows are numbered by package:

    claim.id      package << SOURCE_BITS | source      one row per (package, source)
    advisory.id   package << ADVISORY_BITS | place     places in the order of names
"""

APPLICATION_ID = 0x49524F4E  # "IRON" in SQLite's header
SCHEMA_VERSION = 3
"""Changes with the tables: an index of another version is made again from what was downloaded.
Other rules of reading and merging need no new number, see `meta.rules`."""

SOURCE_BITS = 10
ADVISORY_BITS = 20

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL, date TEXT NOT NULL,
    fetched TEXT NOT NULL, records INTEGER NOT NULL, skipped INTEGER NOT NULL, state TEXT NOT NULL,
    scopes TEXT NOT NULL, dated TEXT NOT NULL, content BLOB NOT NULL
);
CREATE TABLE package (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, name TEXT NOT NULL, advisories INTEGER NOT NULL,
    unordered INTEGER NOT NULL, digest BLOB NOT NULL, UNIQUE (scope, name)
);
CREATE TABLE claim (
    id INTEGER PRIMARY KEY, source INTEGER NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL
);
CREATE TABLE fact (
    name TEXT NOT NULL, origin INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (name, origin)
) WITHOUT ROWID;
CREATE TABLE advisory (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, common INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE common (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE affected (
    package INTEGER NOT NULL, low BLOB NOT NULL, advisory INTEGER NOT NULL, range INTEGER NOT NULL,
    high BLOB, closed INTEGER NOT NULL, PRIMARY KEY (package, low, advisory, range)
) WITHOUT ROWID;
CREATE TABLE exact (
    package INTEGER NOT NULL, version BLOB NOT NULL, advisory INTEGER NOT NULL,
    PRIMARY KEY (package, version, advisory)
) WITHOUT ROWID;
CREATE TABLE alias (
    name TEXT NOT NULL, advisory INTEGER NOT NULL, PRIMARY KEY (name, advisory)
) WITHOUT ROWID;
CREATE TABLE examined (
    scope TEXT NOT NULL, package TEXT NOT NULL, source INTEGER NOT NULL,
    PRIMARY KEY (scope, package, source)
) WITHOUT ROWID;
CREATE TABLE kev (cve TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE epss (cve TEXT PRIMARY KEY, score REAL NOT NULL, percentile REAL NOT NULL)
    WITHOUT ROWID;
CREATE UNIQUE INDEX claim_of_source ON claim (source, id, digest);
"""
"""fact.origin is the claim a fact comes from, or minus the number of a source of facts alone.
source.dated is the date the source itself states; date the one shown."""

STAGE = """
CREATE TABLE raw (scope TEXT, package TEXT, body BLOB, facts TEXT);
CREATE TABLE said (scope TEXT, package TEXT, digest BLOB, body BLOB, facts TEXT);
CREATE TABLE raw_fact (name TEXT, kind TEXT, value TEXT, whose TEXT);
CREATE TABLE fact (name TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
CREATE TABLE kev (cve TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE epss (cve TEXT PRIMARY KEY, score REAL, percentile REAL) WITHOUT ROWID;
CREATE TABLE examined (scope TEXT, package TEXT, PRIMARY KEY (scope, package)) WITHOUT ROWID;
CREATE TABLE content (digest BLOB);
"""
"""A scratch file: what one source says, on its way into the index."""
