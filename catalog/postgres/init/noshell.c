/* popen(3) and system(3) for programs that start others, in an image without a shell.
 *
 * Loaded (LD_PRELOAD) into initdb and what it starts, nothing else. Both functions run commands
 * that are only words and redirections, as initdb's are; any other is refused, by name. Where the
 * user has no name (an arbitrary --user), initdb, which only wants to see one, gets "postgres".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "note.h"
#include "words.h"

PACKAGE_NOTE("noshell");

#define PUBLIC __attribute__((visibility("default")))

enum { OPEN_MAX_PIPES = 16 };

static struct {
    FILE *stream;
    pid_t pid;
} running[OPEN_MAX_PIPES];

/* The command in `text`, in memory to be freed; NULL and errno where it is more than words. */
static struct command *understood(const char *text)
{
    struct command *command = malloc(sizeof *command + WORDS_ROOM(strlen(text)));
    const char *why;

    if (!command)
        return NULL;
    why = command_parse(command, text, (char *)(command + 1));
    if (!why && !command->count)
        why = "it is empty";
    if (!why && strchr(command->words[0], '='))
        why = "it sets a variable";
    if (!why)
        return command;
    fprintf(stderr, "noshell: cannot run this without a shell, %s: %s\n", why, text);
    free(command);
    errno = ENOEXEC;
    return NULL;
}

/* In the child: become `command`. */
static void __attribute__((noreturn)) become(const struct command *command)
{
    for (size_t i = 0; i < command->redirected; i++) {
        const struct redirection *one = &command->redirections[i];
        int from = one->path ? open(one->path, one->flags | O_CLOEXEC, 0666) : one->from;

        if (from < 0 || dup2(from, one->fd) < 0) {
            fprintf(stderr, "noshell: %s: %m\n", one->path ? one->path : "redirection");
            _exit(1);
        }
    }
    execvp(command->words[0], command->words);
    fprintf(stderr, "noshell: %s: %m\n", command->words[0]);
    _exit(errno == ENOENT ? 127 : 126); /* as a shell says it */
}

static int finished(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

PUBLIC FILE *popen(const char *text, const char *mode)
{
    int reading = mode[0] == 'r', target = reading ? STDOUT_FILENO : STDIN_FILENO;
    int ends[2], slot = 0;
    struct command *command;
    FILE *stream = NULL;
    pid_t pid = -1;

    while (slot < OPEN_MAX_PIPES && running[slot].stream)
        slot++;
    if (slot == OPEN_MAX_PIPES) {
        errno = EMFILE;
        return NULL;
    }
    if (!(command = understood(text)))
        return NULL;
    if (!pipe2(ends, O_CLOEXEC)) {
        int mine = ends[!reading], other = ends[reading];

        stream = fdopen(mine, reading ? "r" : "w");
        pid = stream ? fork() : -1;
        if (!pid) {
            if (other == target) /* dup2 to itself would leave it to be closed */
                fcntl(other, F_SETFD, 0);
            else
                dup2(other, target);
            become(command);
        }
        close(other);
        if (!stream)
            close(mine);
    }
    free(command);
    if (pid < 0) {
        if (stream)
            fclose(stream);
        return NULL;
    }
    running[slot].stream = stream;
    running[slot].pid = pid;
    return stream;
}

PUBLIC int pclose(FILE *stream)
{
    for (int slot = 0; slot < OPEN_MAX_PIPES; slot++)
        if (running[slot].stream == stream) {
            running[slot].stream = NULL;
            fclose(stream);
            return finished(running[slot].pid);
        }
    errno = EINVAL;
    return -1;
}

PUBLIC int system(const char *text)
{
    struct sigaction ignored = {.sa_handler = SIG_IGN}, interrupt, quit;
    struct command *command;
    sigset_t child, before;
    int status = -1;
    pid_t pid;

    if (!text)
        return 0; /* no command processor (C11, 7.22.4.8) */
    if (!(command = understood(text)))
        return -1;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    sigaction(SIGINT, &ignored, &interrupt);
    sigaction(SIGQUIT, &ignored, &quit);
    pid = fork();
    if (!pid) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        become(command);
    }
    if (pid > 0)
        status = finished(pid);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(command);
    return status;
}

PUBLIC struct passwd *getpwuid(uid_t uid)
{
    static struct passwd entry;
    static char room[4096];
    struct passwd *found = NULL;

    if (!getpwuid_r(uid, &entry, room, sizeof room, &found) && found)
        return found;
    entry = (struct passwd){
        .pw_name = "postgres",
        .pw_passwd = "*",
        .pw_uid = uid,
        .pw_gid = getgid(),
        .pw_gecos = "",
        .pw_dir = "/",
        .pw_shell = "/nonexistent",
    };
    return &entry;
}
