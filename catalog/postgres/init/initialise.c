#define _GNU_SOURCE
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS = 320, PASSWORD_FD = 3 };

#define PORT "5432" /* of the server that nobody else reaches */

static const char hba_head[] =
    "# Written when the cluster was initialised; the first line that fits decides.\n"
    "# TYPE  DATABASE     USER  ADDRESS       METHOD\n";

static void add(char **words, char *word)
{
    size_t count = 0;

    while (words[count])
        count++;
    if (count + 1 >= WORDS)
        fail("too many arguments");
    words[count] = word;
    words[count + 1] = NULL;
}

/* ── scripts ── */

static int wanted(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* By byte, so that 10 comes before 9: as people number them, 09 and 10. */
static int in_order(const struct dirent **one, const struct dirent **other)
{
    return strcmp((*one)->d_name, (*other)->d_name);
}

/* How many scripts there are, `found` in the order they are run in. */
static int scripts(struct dirent ***found)
{
    int count = scandir(SCRIPTS, found, wanted, in_order);

    if (count < 0 && errno != ENOENT)
        fail("cannot read " SCRIPTS ": %m");
    return count < 0 ? 0 : count;
}

void scripts_check(void)
{
    struct dirent **found;
    int count = scripts(&found);

    for (int i = 0; i < count; i++) {
        const char *name = found[i]->d_name, *path = text(SCRIPTS "/%s", name);
        const char *end = strrchr(name, '.');
        struct stat there;

        if (!end || strcmp(end, ".sql"))
            fail("%s cannot be run: only *.sql is, there is no shell and no decompressor here; "
                 "write it in SQL, unpack it, or take it away",
                 path);
        if (stat(path, &there) || !S_ISREG(there.st_mode) || access(path, R_OK))
            fail("%s is not a file that user %u may read", path, geteuid());
    }
}

/* ── the cluster ── */

static void run_initdb(const struct settings *settings, const char *work)
{
    char *words[WORDS + 1] = {PROGRAMS "initdb"};
    char *environment[] = {"LD_PRELOAD=" NOSHELL, NULL};
    int status;

    add(words, text("--pgdata=%s", work));
    add(words, text("--username=%s", settings->user));
    add(words, "--auth-host=scram-sha-256");
    add(words, "--auth-local=peer");
    add(words, "--set=listen_addresses=*");
    add(words, "--no-instructions");
    if (settings->password)
        add(words, text("--pwfile=/dev/fd/%d", PASSWORD_FD));
    if (settings->wal)
        add(words, text("--waldir=%s", settings->wal));
    for (char **more = settings->more; *more; more++)
        add(words, *more);
    status = run(words, environment, PASSWORD_FD,
                 settings->password ? text("%s\n", settings->password) : NULL);
    if (status)
        fail("initdb failed with exit status %d, see above", status);
}

/* Through the socket this system user may be every database user: who runs as it can read the
 * files anyway. From the network everybody needs what the settings ask for. */
static void write_access(const struct settings *settings, const char *work)
{
    const struct passwd *self = getpwuid(geteuid());
    const char *local = "peer map=container";

    if (!self) /* no name to map */
        local = settings->password ? "scram-sha-256" : "trust";
    if (settings->own_hba)
        write_file(text("%s/pg_hba.conf", work),
                   text("%s"
                        "local   all          all                 %s\n"
                        "local   replication  all                 %s\n"
                        "host    replication  all   127.0.0.1/32  %s\n"
                        "host    replication  all   ::1/128       %s\n"
                        "host    all          all   all           %s\n",
                        hba_head, local, local, settings->method, settings->method,
                        settings->method));
    if (settings->own_hba && self)
        write_file(text("%s/pg_ident.conf", work),
                   text("# MAPNAME    SYSTEM-USERNAME  DATABASE-USERNAME\n"
                        "container    %s          all\n",
                        self->pw_name));
    if (!settings->own_hba && !strcmp(settings->method, "trust"))
        say("warning: POSTGRES_INITDB_ARGS sets authentication, POSTGRES_HOST_AUTH_METHOD does "
            "nothing");
}

/* psql on the server of `work`, with the script at `path`, or `input`. */
static void run_psql(const struct settings *settings, const char *work, const char *database,
                     const char *path, const char *input)
{
    char *words[WORDS + 1] = {PROGRAMS "psql", "--no-psqlrc", "--no-password", "--quiet",
                              "--set=ON_ERROR_STOP=1"};
    char *environment[] = {
        text("PGHOST=%s", work),
        "PGPORT=" PORT,
        text("PGUSER=%s", settings->user),
        text("PGDATABASE=%s", database),
        text("PGPASSWORD=%s", settings->password ? settings->password : ""),
        NULL,
    };
    int status;

    add(words, path ? text("--file=%s", path) : text("--set=name=%s", settings->database));
    status = run(words, environment, STDIN_FILENO, input);
    if (status)
        fail("%s failed with exit status %d, see above", path ? path : "CREATE DATABASE", status);
}

static void run_scripts(const struct settings *settings, const char *work)
{
    struct dirent **found;
    int count = scripts(&found);

    for (int i = 0; i < count; i++) {
        char *path = text(SCRIPTS "/%s", found[i]->d_name);

        say("running %s", path);
        run_psql(settings, work, settings->database, path, NULL);
    }
}

static void start_server(const char *work, char *const *given)
{
    char *words[WORDS + 1] = {PROGRAMS "postgres", "-D", (char *)work};

    for (given++; *given; given++)
        add(words, *given);
    add(words, "-c");
    add(words, "listen_addresses=");
    add(words, "-c");
    add(words, text("unix_socket_directories=%s", work));
    add(words, "-p");
    add(words, PORT);
    server_start(work, words);
}

static void clean_up(void)
{
    server_stop();
    directory_give_up();
}

void initialise(const struct settings *settings, char *const *words)
{
    const char *work = directory_begin(settings->data);

    before_end = clean_up;
    run_initdb(settings, work);
    write_access(settings, work);
    start_server(work, words);
    if (strcmp(settings->database, "postgres"))
        run_psql(settings, work, "postgres", NULL, "CREATE DATABASE :\"name\";\n");
    run_scripts(settings, work);
    server_stop();
    before_end = NULL;
    directory_finish(settings->data);
    say("initialised %s: database %s, user %s", settings->data, settings->database,
        settings->user);
}
