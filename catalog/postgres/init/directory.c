#define _GNU_SOURCE
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORK ".initialising"
#define COMPLETE ".initialised"

static const char *work; /* of this process, to be removed where it fails */

static bool exists(const char *directory, const char *name)
{
    struct stat found;

    return !lstat(text("%s/%s", directory, name), &found);
}

static bool removable_empty(const char *path)
{
    return !rmdir(path) || errno == ENOENT;
}

/* Make the directory and those above it. */
static void make(const char *path)
{
    char *at = text("%s", path);

    for (char *c = at + 1;; c++) {
        char end = *c;

        if (end && end != '/')
            continue;
        *c = '\0';
        if (mkdir(at, 0700) && errno != EEXIST) {
            int why = errno;
            struct stat there;

            if (stat(at, &there)) {
                errno = why;
                fail("cannot make %s: %m: mount a volume there that user %u may write", at,
                     geteuid());
            }
        }
        *c = end;
        if (!end)
            return;
    }
}

/* The first name in a directory that is not one of ours; NULL where it is empty otherwise. */
static const char *first_other(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    const char *found = NULL;

    if (!directory)
        fail("cannot read %s: %m", path);
    while (!found && (entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
            strcmp(entry->d_name, WORK) && strcmp(entry->d_name, COMPLETE))
            found = text("%s", entry->d_name);
    closedir(directory);
    return found;
}

static void check_owner(const char *data)
{
    struct stat found;

    if (stat(data, &found))
        fail("cannot look at %s: %m", data);
    if (!S_ISDIR(found.st_mode))
        fail("%s is not a directory", data);
    if (found.st_uid != geteuid())
        fail("%s belongs to user %u, the server runs as %u: `chown -R %u:%u` what is mounted "
             "there, or let PGDATA name a directory below it",
             data, found.st_uid, geteuid(), geteuid(), getegid());
    if ((found.st_mode & 0027) && chmod(data, 0700))
        fail("cannot make %s private: %m", data);
    if (access(data, R_OK | W_OK | X_OK))
        fail("cannot write to %s: %m", data);
}

/* Held until the server ends, which inherits it: postmaster.pid cannot tell two containers apart,
 * in both of which the server is process 1. */
static void lock(const char *data)
{
    int fd = open(data, O_RDONLY | O_DIRECTORY);

    if (fd < 0)
        fail("cannot open %s: %m", data);
    if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        fail("another container uses %s: stop it first, two servers would destroy the data", data);
}

static void check_version(const char *data)
{
    char major[16] = "";
    FILE *file = fopen(text("%s/PG_VERSION", data), "re");

    if (!file)
        fail("cannot read %s/PG_VERSION: %m", data);
    if (!fgets(major, sizeof major, file))
        fail("%s is half initialised: its PG_VERSION is empty; nothing here is changed, restore a "
             "backup or start with an empty volume",
             data);
    fclose(file);
    major[strcspn(major, "\r\n")] = '\0';
    if (strcmp(major, MAJOR))
        fail("%s holds a cluster of PostgreSQL %s, this is PostgreSQL " MAJOR
             ": dump it with the old server and load it here",
             data, major);
    if (!exists(data, "global/pg_control"))
        fail("%s is half initialised: it has PG_VERSION but no global/pg_control; nothing here "
             "is changed, restore a backup or start with an empty volume",
             data);
}

enum state directory_look(const char *data)
{
    const char *other;

    make(data);
    check_owner(data);
    lock(data);
    if (exists(data, "PG_VERSION")) {
        check_version(data);
        if (!removable_empty(text("%s/" COMPLETE, data)))
            fail("%s holds a cluster and a second one in " COMPLETE ": remove the wrong one", data);
        return READY;
    }
    if (exists(data, COMPLETE))
        return MADE;
    if ((other = first_other(data)))
        fail("%s is not empty and not a cluster, it has %s: use an empty volume, or let PGDATA "
             "name a directory below it",
             data, other);
    return exists(data, WORK) ? UNDONE : EMPTY;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *where)
{
    (void)found, (void)kind, (void)where;
    return remove(path);
}

/* A directory with all below; links are removed, not followed. */
static bool remove_tree(const char *path)
{
    return !nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) || errno == ENOENT;
}

const char *directory_begin(const char *data)
{
    const char *path = text("%s/" WORK, data);

    if (!remove_tree(path))
        fail("cannot remove %s: %m", path);
    if (mkdir(path, 0700))
        fail("cannot make %s: %m", path);
    return work = path;
}

void directory_give_up(void)
{
    if (work && !remove_tree(work))
        say("could not remove %s: %m", work);
    work = NULL;
}

static void sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd))
        fail("cannot write %s to disk: %m", path);
    close(fd);
}

static void move_up(const char *from, const char *data, const char *name)
{
    if (rename(text("%s/%s", from, name), text("%s/%s", data, name)))
        fail("cannot move %s into %s: %m", name, data);
}

void directory_finish(const char *data)
{
    const char *from = text("%s/" COMPLETE, data);
    struct dirent *entry;
    DIR *directory;

    if (work && rename(work, from))
        fail("cannot rename %s: %m", work);
    work = NULL;
    sync_directory(data);
    directory = opendir(from);
    if (!directory)
        fail("cannot read %s: %m", from);
    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
            strcmp(entry->d_name, "PG_VERSION"))
            move_up(from, data, entry->d_name);
    closedir(directory);
    sync_directory(data);
    move_up(from, data, "PG_VERSION");
    sync_directory(data);
    rmdir(from);
}

void write_file(const char *path, const char *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t length = strlen(content);

    if (fd < 0 || write(fd, content, length) != (ssize_t)length || fsync(fd))
        fail("cannot write %s: %m", path);
    close(fd);
}
