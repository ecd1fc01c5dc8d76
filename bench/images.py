"""The images the benchmark reads, made from Debian, PyPI and npm packages; nothing is downloaded
from an image registry and no engine is needed.

    python bench/images.py DIRECTORY [NAME…]

Writes, per image, DIRECTORY/NAME.oci (an OCI layout with gzip layers), DIRECTORY/NAME.tar (a docker
archive with raw layers) and for some DIRECTORY/NAME-zst.oci. What is there already is kept. Package
versions are those the archives have today; docs/benchmarks.md tells which they were.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from layouts import raw_archive, recompressed

from ironhull.model import Platform
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import pack_layer
from ironhull.store.images import ImageStore
from trees import Tree, difference, members_below, members_of, text_file

HERE = Path(__file__).resolve().parent
IRONHULL = Path(sys.executable).parent / "ironhull"
EPOCH = 1_760_000_000

_PACKAGES: Mapping[str, str] = json.loads((HERE / "packages.json").read_text())
SLIM, TOOLCHAIN, COMPILERS, JAVA, GO, GO_UNOWNED, APP, WHEELS = (
    _PACKAGES[key].split()
    for key in ("slim", "toolchain", "compilers", "java", "go", "go unowned", "app", "wheels")
)
JARS = "pyspark==3.5.3"


@dataclass
class Workshop:
    """Where things are made: a store of its own, scratch space, downloads."""

    out: Path
    store: ImageStore = field(init=False)

    def __post_init__(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        self.store = ImageStore(self.home / "images")

    @property
    def home(self) -> Path:
        return self.out / "home"

    def scratch(self, name: str) -> Path:
        path = self.out / "scratch" / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    # ── what layers are made of ──────────────────────────────────────────────────────────────────

    def debian(self, *groups: list[str]) -> Tree:
        """The root file system of Debian 13 with these packages, dpkg's database included."""
        packages = sorted({name for group in groups for name in group})
        definition = self.scratch("definitions") / f"{_key(packages)}.yaml"
        text = (HERE.parent / "catalog/debian-base/debian-13/13-dev.yaml").read_text()
        head, _, rest = text.partition("  packages:\n")
        listed = "".join(f"    - {name}\n" for name in packages)
        definition.write_text(f"{head}  packages:\n{listed}{rest[rest.index('accounts:') :]}")
        name = "bench/debian:current"
        command = [str(IRONHULL), "base", "build", str(definition), "-t", name, "-q"]
        command += ["--lock", str(definition.with_suffix(".lock"))]
        subprocess.run(command, check=True, env={**_environment(), "IRONHULL_HOME": str(self.home)})
        return dict(members_of(self.store.find(name)))

    def wheels(self, root: str, *requirements: str) -> Tree:
        """Python packages from PyPI as pip installs them below `root`."""
        target = self.scratch(f"pip-{_key(requirements)}")
        if not any(target.iterdir()):
            pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            subprocess.run([*pip, "--no-compile", "-t", str(target), *requirements], check=True)
        return dict(members_below(target, root))

    def node_modules(self, root: str) -> Tree:
        """The npm packages of bench/node/package.json."""
        target = self.scratch("npm")
        if not (target / "node_modules").is_dir():
            shutil.copy(HERE / "node" / "package.json", target)
            npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(npm, cwd=target, check=True)
        return dict(members_below(target, root))

    def unpacked(self, packages: list[str], keep: str) -> Tree:
        """Files below `keep` of Debian packages, without dpkg knowing of them."""
        tree = self.debian(SLIM, packages)
        prefix = f"{keep}/"
        wanted = {p: m for p, m in tree.items() if p.startswith(prefix) and m.kind == "file"}
        return {
            f"usr/local/bin/{path.rpartition('/')[2]}": replace(member, path="")
            for path, member in wanted.items()
            if len(member.content or b"") > 5_000_000  # type: ignore[arg-type]  # bytes, see below
        }

    # ── images ───────────────────────────────────────────────────────────────────────────────────

    def image(self, name: str, trees: Iterable[tuple[str, Tree]]) -> None:
        """Store and export an image of these layers; `trees` are (history entry, tree) each."""
        history, layers = [], []
        with self.store.staging() as place:
            for step, tree in trees:
                members = (replace(m, path=path) for path, m in tree.items())
                layers.append(pack_layer(members, place, epoch=EPOCH))
                history.append(step)
            image = self.store.write_image(
                base=None,
                layers=layers,
                config=ImageConfig(cmd=("/bin/sh",)),
                platform=Platform(),
                created="2025-10-09T08:53:20Z",
                history=history,
                annotations={},
            )
        image = self.store.publish(image, [f"bench/{name}:1"])
        self.store.export(image, "oci-dir", self.out / f"{name}.oci")
        raw_archive(image, self.out / f"{name}.tar")


def _key(words: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


# ── the images ───────────────────────────────────────────────────────────────────────────────────


def slim(shop: Workshop) -> None:
    """A slim Python app: Debian with a shell, apt and Python, an app's wheels, its files."""
    base = shop.debian(SLIM)
    python = shop.debian(SLIM, ["python3", "python3-venv"])
    wheels = shop.wheels("usr/local/lib/python3.13/site-packages", *APP)
    app = {"app/app.py": text_file("print('ready')\n")}
    steps = (
        "FROM debian:13-slim",
        "RUN apt-get install python3",
        "RUN pip install …",
        "COPY app …",
    )
    layers = (base, difference(base, python), wheels, app)
    shop.image("slim", zip(steps, layers, strict=True))


def hardened(shop: Workshop) -> None:
    """The same app on the runtime base of the catalog: no shell, no apt."""
    environment = {**_environment(), "IRONHULL_HOME": str(shop.home)}
    subprocess.run(
        [IRONHULL, "base", "build", "python:3.13-debian13", "-q"], check=True, env=environment
    )
    base = dict(members_of(shop.store.find("ironhull/python:3.13-debian13")))
    app = shop.wheels("app/lib", *APP)
    shop.image("hardened", [("base", base), ("COPY /app /app", app)])


def fat(shop: Workshop) -> None:
    """A development image of a gigabyte: compilers, JDK, Node, Go, in three apt layers."""
    first = shop.debian(SLIM)
    second = shop.debian(SLIM, TOOLCHAIN)
    third = shop.debian(SLIM, TOOLCHAIN, COMPILERS)
    shop.image(
        "fat",
        [
            ("FROM debian:13-slim", first),
            ("RUN apt-get install build-essential git …", difference(first, second)),
            ("RUN apt-get install clang default-jdk-headless …", difference(second, third)),
            ("RUN pip install …", shop.wheels("usr/local/lib/python3.13/dist-packages", *WHEELS)),
            ("COPY . /src", {"src/main.c": text_file("int main(void) { return 0; }\n")}),
        ],
    )


def node(shop: Workshop) -> None:
    """A Node app with over 50,000 files."""
    base = shop.debian(SLIM)
    nodejs = difference(base, shop.debian(SLIM, ["nodejs"]))
    modules = shop.node_modules("app")
    app = {"app/server.js": text_file("require('http')\n")}
    steps = ("FROM debian:13-slim", "RUN apt-get install nodejs", "RUN npm ci", "COPY . /app")
    shop.image("node", zip(steps, (base, nodejs, modules, app), strict=True))


def jvm(shop: Workshop) -> None:
    """A Java runtime, Debian's jars, and Spark's 300 jars unowned by any package."""
    base = shop.debian(SLIM)
    java = shop.debian(SLIM, JAVA)
    spark = shop.wheels("opt/spark", JARS)
    fat_jar = {"app/service.jar": text_file(_fat_jar(spark))}
    steps = ("FROM debian:13-slim", "RUN apt-get install …", "COPY spark /opt", "COPY *.jar /app/")
    shop.image("jvm", zip(steps, (base, difference(base, java), spark, fat_jar), strict=True))


def _fat_jar(spark: Tree) -> bytes:
    """A jar that holds twenty others, as Spring Boot packs them."""
    packed = io.BytesIO()
    jars = [m.content for p, m in sorted(spark.items()) if p.endswith(".jar")][:20]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nStart-Class: a.B\r\n\r\n")
        for content in jars:
            assert isinstance(content, Path)
            jar.writestr(f"BOOT-INF/lib/{content.name}", content.read_bytes())
    return packed.getvalue()


def multi(shop: Workshop) -> None:
    """25 small layers; each adds a few packages and takes away files of the one before."""
    base = shop.debian(SLIM, ["python3"])
    site = "usr/local/lib/python3.13/dist-packages"
    wheels = shop.wheels(site, *APP, "jinja2", "rich", "httpx", "pytest", "click", "pyyaml")
    tops = sorted({path[len(site) + 1 :].partition("/")[0] for path in wheels})
    share = -(-len(tops) // 24)
    layers, before = [("FROM debian:13-slim", base)], Tree()
    for number in range(24):
        mine = tuple(f"{site}/{top}" for top in tops[number * share : (number + 1) * share])
        layer = {p: m for p, m in wheels.items() if p.startswith(tuple(f"{m}/" for m in mine))}
        layer |= {p: wheels[p] for p in mine if p in wheels}
        for path in list(before)[::7]:
            parent, _, name = path.rpartition("/")
            if before[path].kind == "file" and ".dist-info" not in path:
                layer[f"{parent}/.wh.{name}"] = text_file(b"")
        layer[f"etc/step-{number}"] = text_file(f"{number}\n")
        layers.append((f"RUN step {number}", layer))
        before = {p: m for p, m in layer.items() if "/.wh." not in p}
    shop.image("multi", layers)


def gobin(shop: Workshop) -> None:
    """Large Go programs, some of Debian packages, some that no package owns."""
    base = shop.debian(SLIM)
    engine = difference(base, shop.debian(SLIM, GO))
    loose = shop.unpacked(GO_UNOWNED, "usr/bin")
    steps = ("FROM debian:13-slim", "RUN apt-get install docker.io …", "COPY bin /usr/local/bin")
    shop.image("gobin", zip(steps, (base, engine, loose), strict=True))


def rpm(shop: Workshop) -> None:
    """An rpm database of 350 packages, written by rpm itself, beside many small files."""
    from rpmdb import write_rpmdb

    root = write_rpmdb(shop.scratch("rpm"), packages=350)
    tree = dict(members_below(root, ".."))
    tree = {path.removeprefix("../"): member for path, member in tree.items()}
    release = 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=41\nPRETTY_NAME="Fedora Linux 41"\n'
    tree["etc/os-release"] = text_file(release)
    files = {f"usr/share/doc/p{n // 50}/f{n}": text_file(f"{n}\n" * 40) for n in range(25_000)}
    app = shop.wheels("usr/local/lib/python3.13/site-packages", *APP)
    shop.image("rpm", [("FROM fedora:41", {**tree, **files}), ("RUN pip install …", app)])


def apk(shop: Workshop) -> None:
    """An apk database of 320 packages beside the wheels of an app."""
    from apkdb import write_apkdb

    tree = {path: text_file(content) for path, content in write_apkdb(packages=320).items()}
    app = shop.wheels("usr/local/lib/python3.13/site-packages", *APP)
    shop.image("apk", [("FROM alpine:3.20", tree), ("RUN pip install …", app)])


IMAGES: Mapping[str, Callable[[Workshop], None]] = {
    row.__name__: row for row in (slim, hardened, fat, node, jvm, multi, gobin, rpm, apk)
}
ZSTD = ("slim", "fat")


def make(out: Path, names: Iterable[str] = ()) -> list[Path]:
    """Make the images that are not there; gives every layout and archive."""
    shop = Workshop(out)
    made = []
    for name in names or IMAGES:
        if not (out / f"{name}.tar").exists():
            print(f"making {name}: {IMAGES[name].__doc__}", file=sys.stderr, flush=True)
            shutil.rmtree(out / f"{name}.oci", ignore_errors=True)
            IMAGES[name](shop)
        made += [out / f"{name}.oci", out / f"{name}.tar"]
        if name in ZSTD:
            other = out / f"{name}-zst.oci"
            if not other.exists():
                recompressed(out / f"{name}.oci", other)
            made.append(other)
    return made


if __name__ == "__main__":
    for path in make(Path(sys.argv[1]), sys.argv[2:]):
        print(path)
