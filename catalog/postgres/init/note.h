/* What a program is, in the program: ELF package metadata (uapi-group.org, "Package Metadata for
 * Executable Files"), which SBOM tools read. */
#ifndef NOTE_H
#define NOTE_H

#include <stdint.h>

#define VERSION "1.0.0"
#define NOTE_TEXT(name)                                                                            \
    "{\"type\":\"generic\",\"name\":\"ironhull-postgres-" name "\",\"version\":\"" VERSION "\"}"

#define PACKAGE_NOTE(name)                                                                         \
    static const struct {                                                                          \
        uint32_t owner_size, size, type;                                                           \
        char owner[4], text[(sizeof NOTE_TEXT(name) + 3) & ~3u];                                   \
    } package_note __attribute__((section(".note.package"), used, aligned(4))) = {                 \
        4, sizeof NOTE_TEXT(name), 0xcafe1a7e, "FDO", NOTE_TEXT(name)}

#endif
