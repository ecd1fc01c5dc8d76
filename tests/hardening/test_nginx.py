"""nginx: ports and places of a user without privileges, proven by sed and by nginx itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ironhull.hardening.nginx import NGINX, edits, low_ports, raised, settings
from tests.hardening.subjects import draft, subject

SERVER = """\
server {
    listen 80 default_server;
    listen [::]:80;
    listen 127.0.0.1:443 ssl;
    listen 8081;
    # listen 81;
    location /80 { return 200 "80"; }
}
"""
MAIN = """\
user  nginx;
pid        /var/run/nginx.pid;
events {
}
http {
  server { listen 80; location / { return 200 "ok"; } }
}
"""


def _edited(path: str, text: str, place: Path) -> str:
    file = place / "file.conf"
    file.write_text(text)
    words = [word for each in edits(path, text) for word in ("-e", each)]
    subprocess.run(["sed", "-i", "-E", *words, file], check=True)
    return file.read_text()


def test_ports_are_raised(tmp_path: Path) -> None:
    after = _edited("/etc/nginx/conf.d/default.conf", SERVER, tmp_path)
    assert "listen 8080 default_server;" in after
    assert "listen [::]:8080;" in after
    assert "listen 127.0.0.1:8443 ssl;" in after
    assert "listen 8081;" in after
    assert 'location /80 { return 200 "80"; }' in after
    assert low_ports(after.replace("# listen 8081", "")) == ()
    assert (raised(80), raised(443)) == (8080, 8443)


def test_a_whole_file_of_settings_needs_nothing_of_root(tmp_path: Path) -> None:
    after = _edited("/etc/nginx/nginx.conf", MAIN, tmp_path)
    assert after.count("pid ") == 1
    assert "/tmp/nginx.pid;" in after
    assert "client_body_temp_path /tmp/nginx-client_body;" in after
    without = _edited("/etc/nginx/nginx.conf", MAIN.replace("pid ", "#pid "), tmp_path)
    assert without.startswith("pid /tmp/nginx.pid;\n")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        pytest.skip("needs nginx")
    (tmp_path / "a.conf").write_text(after)
    ran = subprocess.run(
        [program, "-t", "-e", "stderr", "-c", tmp_path / "a.conf"], capture_output=True, text=True
    )
    assert "unknown directive" not in ran.stderr
    assert "duplicate" not in ran.stderr


def test_settings_of_the_context() -> None:
    text = "FROM nginx:1.27\nCOPY site.conf /etc/nginx/conf.d/\n"
    text += "COPY nginx.conf /etc/nginx/nginx.conf\n"
    text += "COPY html /usr/share/nginx/html\n"
    files = {"site.conf": SERVER, "nginx.conf": MAIN, "html/index.html": "listen 80;"}
    found = [(path, bool(body)) for _, path, body in settings(subject(text, files))]
    assert found == [("/etc/nginx/conf.d/site.conf", True), ("/etc/nginx/nginx.conf", True)]


def test_edited_settings_go_through_the_builder() -> None:
    text = "FROM nginx:1.27\nCOPY site.conf /etc/nginx/conf.d/default.conf\nEXPOSE 80\n"
    made = draft(text, NGINX, {"site.conf": SERVER})
    (carried,) = NGINX.carry(made)
    assert carried.target == "/etc/nginx/conf.d/default.conf"
    assert made.notes["port 80"] == "8080"
    copy, line = NGINX.finish(made)
    assert copy == "COPY site.conf /etc/nginx/conf.d/default.conf"
    assert line.startswith("RUN sed -i -E -e ")
    assert NGINX.copied(made.subject.stage.instructions[0], made) == (carried,)


def test_settings_without_low_ports_stay() -> None:
    text = "FROM nginx:1.27\nCOPY site.conf /etc/nginx/conf.d/default.conf\nEXPOSE 8081\n"
    made = draft(text, NGINX, {"site.conf": "server { listen 8081; }"})
    assert NGINX.carry(made) == ()
    assert NGINX.finish(made) == ()
    assert "builder" not in made.notes


def test_without_settings_the_base_has_its_own() -> None:
    made = draft("FROM nginx:1.27\nCOPY html /usr/share/nginx/html\nEXPOSE 80\n", NGINX)
    assert NGINX.carry(made) == ()
    assert made.notes["port 80"] == "8080"


def test_another_start_is_left_by_hand() -> None:
    made = draft("FROM nginx:1.27\n", NGINX)
    assert NGINX.start(("/bin/run",), made) is None
    assert NGINX.start(("/docker-entrypoint.sh", "nginx"), made) == ("nginx",)


def test_removed_settings_stay_removed() -> None:
    text = "FROM nginx:1.27\nRUN rm /etc/nginx/conf.d/default.conf\nCOPY a.conf /etc/nginx/conf.d\n"
    made = draft(text, NGINX, {"a.conf": "server { listen 80; }"})
    made.at = made.subject.stage.instructions[0]
    effect = NGINX.effect(made.commands(made.at)[0], made)
    assert effect is not None
    assert effect.kind == "nothing"
    targets = {carried.target for carried in NGINX.carry(made)}
    assert targets == {"/etc/nginx/conf.d/default.conf", "/etc/nginx/conf.d/a.conf"}
    assert NGINX.finish(made)[-1] == "RUN : > /etc/nginx/conf.d/default.conf"


def test_a_server_on_one_line(tmp_path: Path) -> None:
    after = _edited(
        "/etc/nginx/conf.d/a.conf", "server{listen 80;} server { listen 443 ssl; }\n", tmp_path
    )
    assert after == "server{listen 8080;} server { listen 8443 ssl; }\n"


def test_settings_that_a_script_makes_need_its_shell() -> None:
    text = "FROM nginx:1.27\nCOPY a.template /etc/nginx/templates/default.conf.template\n"
    assert NGINX.recognise(subject(text)) is None
    assert NGINX.recognise(subject("FROM nginx:1.27\nCOPY x.sh /docker-entrypoint.d/\n")) is None
    assert NGINX.recognise(subject("FROM nginx:1.27\n")) == "1.27"
