#define _GNU_SOURCE
#include "init.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VALUE_MAX = 32 * 1024 }; /* bytes of one setting: half of what a pipe takes at once */

static const char *const methods[] = {"scram-sha-256", "md5", "password", "trust",
                                      "reject", "ldap", "radius", "gss", "cert", NULL};

/* The content of a file without the line ends behind it. */
static const char *value_of_file(const char *name, const char *path)
{
    char *value = malloc(VALUE_MAX + 1);
    size_t length = 0;
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        fail("%s: cannot read %s: %m", name, path);
    if (!value)
        fail("no memory is left");
    while (length <= VALUE_MAX && (got = read(fd, value + length, VALUE_MAX + 1 - length)) != 0) {
        if (got < 0 && errno != EINTR)
            fail("%s: cannot read %s: %m", name, path);
        length += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    if (length > VALUE_MAX)
        fail("%s: %s is larger than %d bytes", name, path, VALUE_MAX);
    while (length && (value[length - 1] == '\n' || value[length - 1] == '\r'))
        length--;
    value[length] = '\0';
    if (strlen(value) != length)
        fail("%s: %s holds a NUL byte", name, path);
    return value;
}

/* NAME or the content of the file NAME_FILE names; `other` where both are missing or empty. */
static const char *setting(const char *name, const char *other)
{
    const char *value = getenv(name), *path = getenv(text("%s_FILE", name));

    if (value && *value && path && *path)
        fail("both %s and %s_FILE are set: set one of them", name, name);
    if (path && *path)
        value = value_of_file(name, path);
    if (!value || !*value)
        return other;
    if (strlen(value) > VALUE_MAX)
        fail("%s is larger than %d bytes", name, VALUE_MAX);
    if (strpbrk(value, "\r\n"))
        fail("%s must be one line", name);
    return value;
}

static char **split(const char *name, const char *given)
{
    struct command *command = malloc(sizeof *command + WORDS_ROOM(strlen(given)));
    const char *why;

    if (!command)
        fail("no memory is left");
    why = command_parse(command, given, (char *)(command + 1));
    if (!why && command->redirected)
        why = "it has a redirection";
    if (why)
        fail("%s is not a list of words, %s: %s", name, why, given);
    return command->words;
}

/* Whether initdb is told how clients prove who they are: -A, --auth, --auth-host, --auth-local. */
static bool has_authentication(char *const *words)
{
    for (; *words; words++)
        if (!strncmp(*words, "--auth", 6) || !strncmp(*words, "-A", 2))
            return true;
    return false;
}

const char *data_directory(void)
{
    const char *data = setting("PGDATA", "/var/lib/postgresql/data");

    if (data[0] != '/' || !data[strspn(data, "/")])
        fail("PGDATA must be an absolute path below /: %s", data);
    return data;
}

void settings_read(struct settings *found)
{
    const char *const *known = methods;

    found->data = data_directory();
    found->user = setting("POSTGRES_USER", "postgres");
    found->password = setting("POSTGRES_PASSWORD", NULL);
    found->database = setting("POSTGRES_DB", found->user);
    found->method = setting("POSTGRES_HOST_AUTH_METHOD", "scram-sha-256");
    found->wal = setting("POSTGRES_INITDB_WALDIR", NULL);
    found->more = split("POSTGRES_INITDB_ARGS", setting("POSTGRES_INITDB_ARGS", ""));
    found->own_hba = !has_authentication(found->more);
    if (strpbrk(found->user, "\"$'\\"))
        fail("POSTGRES_USER must not hold any of \"$'\\: initdb cannot make such a user");
    while (*known && strcmp(*known, found->method))
        known++;
    if (!*known)
        fail("POSTGRES_HOST_AUTH_METHOD is not a method of pg_hba.conf: %s", found->method);
    if (!found->password && strcmp(found->method, "trust"))
        fail("no password for the superuser: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE "
             "(or, where nobody else reaches the port, POSTGRES_HOST_AUTH_METHOD=trust)");
    if (!strcmp(found->method, "trust"))
        say("warning: POSTGRES_HOST_AUTH_METHOD=trust lets in everybody who reaches the port, "
            "without a password");
}

void settings_forget(void)
{
    unsetenv("POSTGRES_PASSWORD");
    unsetenv("LD_PRELOAD");
}
