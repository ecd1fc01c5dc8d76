"""Real containers by runc or crun, of an image that has one static program."""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from ironhull.containers import NOT_FOUND, TIMED_OUT, Place
from ironhull.containers.bundles import OciRuntime
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import Member
from tests.images import image

pytestmark = pytest.mark.root

PROGRAM = r"""
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void ended(int number) { (void)number; printf("asked to end\n"); exit(0); }

static int writes(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT, 0600);
  printf("%s: %s\n", path, file < 0 ? strerror(errno) : "written");
  return file < 0;
}

static int serve(void) {
  const char *page = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
  int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  char asked[4096];
  signal(SIGUSR1, ended);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 8)) return 1;
  for (;;) {
    int peer = accept(server, NULL, NULL);
    if (read(peer, asked, sizeof asked) > 0 && write(peer, page, strlen(page)) < 0) return 1;
    close(peer);
  }
}

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IONBF, 0);
  if (count > 1 && !strcmp(words[1], "serve")) return serve();
  if (count > 1 && !strcmp(words[1], "wait")) { printf("began\n"); sleep(600); }
  if (count > 2 && !strcmp(words[1], "write")) return writes(words[2]);
  if (count > 2 && !strcmp(words[1], "say")) { printf("%s\n", words[2]); return 1; }
  if (count > 2 && !strcmp(words[1], "get")) printf("%s\n", getenv(words[2]) ?: "nothing");
  if (count > 1 && !strcmp(words[1], "who")) {
    char here[256];
    FILE *status = fopen("/proc/self/status", "r");
    printf("%d:%d in %s\n", getuid(), getgid(), getcwd(here, sizeof here));
    while (status && fgets(here, sizeof here, status))
      if (!strncmp(here, "Cap", 3) || !strncmp(here, "NoNew", 5)) fputs(here, stdout);
  }
  return 0;
}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The program in an image that runs as 65532 and has a volume."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not installed (scripts/test-packages.sh)")
    source = tmp_path_factory.mktemp("program") / "program.c"
    source.write_text(PROGRAM)
    made = source.with_suffix("")
    subprocess.run([compiler, "-static", "-Os", "-o", str(made), str(source)], check=True)
    files = {
        "etc/passwd": "web:x:65532:65532::/srv:/bin/false\n",
        "usr/bin/program": Member("", "file", 0o755, content=made.read_bytes()),
        "data": Member("", "dir", 0o700, uid=65532, gid=65532),
        "data/there": Member("", "file", 0o600, uid=65532, gid=65532, content=b"x"),
        "tmp": Member("", "dir", 0o1777),  # runc gives a new one the mode of that in the image
        **dict.fromkeys(("proc", "dev", "srv", "sys")),
    }
    config = ImageConfig(
        user="65532",
        env=("PATH=/usr/bin", "GIVEN=by the image"),
        entrypoint=("program",),
        cmd=("serve",),
        working_dir="/srv",
        volumes=("/data",),
        stop_signal="SIGUSR1",
    )
    reasons = []
    for name in ("runc", "crun"):
        runtime = OciRuntime(name, os.environ)
        if trouble := runtime.trouble():
            reasons.append(trouble)
            continue
        with runtime.opened(image(files, config=config), lambda path, name: None) as opened:
            done = opened.run(("program", "who"), 60)
            if done.status == 0:
                yield opened
                return
        reasons.append(f"{name}: {done.output.strip()[-300:]}")
    pytest.skip(f"no container can be run here: {'; '.join(reasons)}")


def test_confined(place: Place) -> None:
    said = place.run(("program", "who"), 60).output
    assert said.startswith("65532:65532 in /srv\n")
    assert "NoNewPrivs:\t1" in said
    for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
        assert f"Cap{kind}:\t0000000000000000" in said


def test_what_can_be_written(place: Place) -> None:
    assert place.run(("program", "write", "/tmp/x"), 60).status == 0
    assert place.run(("program", "write", "/data/x"), 60).status == 0
    assert "Read-only" in place.run(("program", "write", "/srv/x"), 60).output


def test_each_container_has_volumes_of_its_own(place: Place) -> None:
    for _ in range(2):
        assert place.run(("program", "write", "/data/there"), 60).status == 0


def test_what_is_not_in_the_image(place: Place) -> None:
    assert place.run(("sh", "-c", "exit 0"), 60).status == NOT_FOUND
    assert place.run(("/bin/sh",), 60).status == NOT_FOUND


def test_a_program_that_misses_something_else(place: Place) -> None:
    said = 'exec "true": executable file not found: No such file or directory'
    assert place.run(("program", "say", said), 60).status == 1


def test_variables(place: Place) -> None:
    assert place.run(("program", "get", "GIVEN"), 60).output == "by the image\n"
    assert place.run(("program", "get", "HOME"), 60).output == "/srv\n"
    more = place.given(("GIVEN=by the test",))
    assert more.run(("program", "get", "GIVEN"), 60).output == "by the test\n"


def test_a_directory(place: Place) -> None:
    assert place.run(("program", "who"), 60, "/data").output.startswith("65532:65532 in /data\n")


def test_time(place: Place) -> None:
    done = place.run(("program", "wait"), 2)
    assert (done.status, done.output) == (TIMED_OUT, "began\n")


def test_a_service(place: Place) -> None:
    with place.serving() as service:
        answer = service.fetch(8080, "/", 10)
        for _ in range(100):
            if answer.status:
                break
            answer = service.fetch(8080, "/", 10)
        assert (answer.status, answer.body) == (200, "hello")
        assert service.fetch(8081, "/", 10).status == 0
        assert service.execute(("program", "who"), 60).output.startswith("65532:65532")
        assert service.execute(("sh",), 60).status == NOT_FOUND
        assert service.running()
        done = service.stop(30)
        assert (done.status, done.output) == (0, "asked to end\n")
        assert not service.running()
