/* What the parts of the entry point have in common. */
#ifndef INIT_H
#define INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#ifndef MAJOR
#define MAJOR "17"
#endif
#define PROGRAMS "/usr/lib/postgresql/" MAJOR "/bin/"
#define NOSHELL "/usr/local/lib/postgres-noshell.so"
#define SCRIPTS "/docker-entrypoint-initdb.d"
#define SOCKETS "/run/postgresql"

/* ── say.c ── */

/* One line on standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, and the end: nothing half-made stays, the exit status is 1. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Text made of a format, never freed; fails where there is no memory. */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Called once by fail before it ends. */
extern void (*before_end)(void);

/* ── settings.c ── */

struct settings {
    const char *data;     /* PGDATA */
    const char *user;     /* POSTGRES_USER[_FILE], "postgres" */
    const char *password; /* POSTGRES_PASSWORD[_FILE], NULL for none */
    const char *database; /* POSTGRES_DB[_FILE], the user's name */
    const char *method;   /* POSTGRES_HOST_AUTH_METHOD, "scram-sha-256" */
    const char *wal;      /* POSTGRES_INITDB_WALDIR, NULL for none */
    char **more;          /* words of POSTGRES_INITDB_ARGS[_FILE], NULL behind the last one */
    bool own_hba;         /* whether those leave authentication to us */
};

/* PGDATA alone: all a start needs whose directory is initialised. */
const char *data_directory(void);
/* The settings of an initialisation, checked. */
void settings_read(struct settings *found);
/* Take what is secret out of the environment. */
void settings_forget(void);

/* ── directory.c ── */

enum state {
    READY,    /* a cluster of this major version */
    EMPTY,    /* to be initialised */
    MADE,     /* initialised, not yet moved into place */
    UNDONE,   /* an initialisation was cut short */
};

/* Make the directory where it is missing, lock it for as long as the server will run, and see what
 * it is. Fails for what cannot be served: another owner, another version, files of something else,
 * half a cluster, one that another container uses. */
enum state directory_look(const char *data);
/* A work directory inside, empty. */
const char *directory_begin(const char *data);
/* What directory_begin made is gone again, best effort. */
void directory_give_up(void);
/* All of the work directory becomes the content of `data`, PG_VERSION last. */
void directory_finish(const char *data);
/* Write a file of mode 0600; fails where that cannot be. */
void write_file(const char *path, const char *content);

/* ── server.c ── */

/* End at once when a signal comes; from here on children are told about it. */
void signals_catch(void);
/* The default reaction again, for what this process becomes. */
void signals_default(void);
/* Run a program to its end; its exit status. It gets `environment` ("NAME=value", NULL behind the
 * last one) besides ours, and `input` on descriptor `fd`; nothing on standard input otherwise. */
int run(char *const *words, char *const *environment, int fd, const char *input);
/* Start the server on `work` for this process alone, and stop it again. */
void server_start(const char *work, char *const *words);
void server_stop(void);

/* ── initialise.c ── */

/* Refuse what lies in SCRIPTS and cannot be run; before anything is made. */
void scripts_check(void);
/* Make a cluster as the settings say; `words` are the server's own arguments. */
void initialise(const struct settings *settings, char *const *words);

#endif
