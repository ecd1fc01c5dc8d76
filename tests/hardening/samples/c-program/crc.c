#include <stdio.h>
#include <string.h>
#include <zlib.h>

int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        uLong sum = crc32(0L, (const Bytef *)words[i], (uInt)strlen(words[i]));
        printf("%08lx %s\n", sum, words[i]);
    }
    return count > 1 ? 0 : 2;
}
