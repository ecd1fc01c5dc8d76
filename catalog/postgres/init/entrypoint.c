/* First process of the PostgreSQL image, which has no shell: makes a cluster in PGDATA where there
 * is none, as POSTGRES_USER and the other settings say, then becomes the server.
 *
 * The cluster is made in a directory of its own inside PGDATA and moved into place when all is
 * done, so that a start that was cut short, or a script that failed, leaves no half of one behind.
 */
#define _GNU_SOURCE
#include "init.h"
#include "note.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

PACKAGE_NOTE("entrypoint");

enum { ARGUMENTS_MAX = 256 };

/* Options with which the server does something else than serve. */
static const char *const not_serving[] = {
    "--help", "-?", "--version", "-V", "--describe-config", "-C", "--single", "--boot", "--check",
    NULL,
};

static bool is_serving(char *const *words)
{
    const char *name = strrchr(words[0], '/');

    if (strcmp(name ? name + 1 : words[0], "postgres"))
        return false;
    for (const char *const *option = not_serving; words[1] && *option; option++)
        if (!strcmp(words[1], *option))
            return false;
    return true;
}

/* Whether the arguments say where sockets are. */
static bool has_sockets(char *const *words)
{
    for (; *words; words++)
        if (!strncmp(*words, "-k", 2) || strstr(*words, "unix_socket_directories") ||
            strstr(*words, "unix-socket-directories"))
            return true;
    return false;
}

static void __attribute__((noreturn)) become(const char *program, char **words)
{
    execvp(program, words);
    say("cannot run %s: %m", program);
    exit(errno == ENOENT ? 127 : 126);
}

static void __attribute__((noreturn)) serve(const char *data, char **given, int count)
{
    char *words[ARGUMENTS_MAX + 4] = {PROGRAMS "postgres"};
    int at = 1;

    if (!has_sockets(given) && access(SOCKETS, W_OK)) {
        say("warning: " SOCKETS " cannot be written (%m), there is no socket: reach the server "
            "at 127.0.0.1, or mount a tmpfs at /tmp");
        words[at++] = "-c";
        words[at++] = "unix_socket_directories=";
    }
    for (int i = 1; i < count; i++)
        words[at++] = given[i];
    setenv("PGDATA", data, 1);
    settings_forget();
    signals_default();
    become(words[0], words);
}

static void make_cluster(char *const *words)
{
    struct settings settings;

    settings_read(&settings);
    scripts_check();
    signals_catch();
    initialise(&settings, words);
}

int main(int count, char **given)
{
    char *words[ARGUMENTS_MAX + 2] = {"postgres"};
    int at = count < 2 || given[1][0] == '-';
    const char *data;

    if (count > ARGUMENTS_MAX)
        fail("more than %d arguments", ARGUMENTS_MAX);
    for (int i = 1; i < count; i++)
        words[at++] = given[i];
    if (!is_serving(words))
        become(words[0], words);
    if (!geteuid())
        fail("the server does not run as root: leave the image's own user, or name another one");
    data = data_directory();
    switch (directory_look(data)) {
    case READY:
        say("%s holds a cluster: POSTGRES_* and " SCRIPTS " change nothing in it", data);
        break;
    case MADE:
        directory_finish(data);
        say("moved a cluster that was complete into place in %s", data);
        break;
    case UNDONE:
        say("an initialisation of %s was cut short; nobody has used it, it is done again", data);
        make_cluster(words);
        break;
    case EMPTY:
        make_cluster(words);
        break;
    }
    serve(data, words, at);
}
