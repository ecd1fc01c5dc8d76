"""The ecosystems' own tools as judges of an order, and the versions that advisories name.

A program reads one version a line and writes `RANK<tab>VERSION`, sorted; versions it refuses have
no rank ("-"). Where a program is missing, the tests that need it are skipped and say so.
"""

import functools
import itertools
import json
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

Order = Callable[[str], bytes]
Ranked = list[tuple[int | None, str]]
"""Sorted versions with their ranks; None: refused."""


def compare(order: Order, left: str, right: str) -> int:
    """-1, 0 or 1 by our keys."""
    ours, theirs = order(left), order(right)
    return (ours > theirs) - (ours < theirs)


def key_or_none(order: Order, version: str) -> bytes | None:
    """The key; None where the version is refused (with a ValueError, and with nothing else)."""
    try:
        return order(version)
    except ValueError:
        return None


def no_key_begins_another(order: Order, versions: Iterable[str]) -> bool:
    """Whether memcmp can tell all keys apart however they are continued."""
    keys = sorted({key for version in versions if (key := key_or_none(order, version)) is not None})
    return not any(later.startswith(key) for key, later in itertools.pairwise(keys))


@functools.lru_cache(maxsize=16)
def real_versions(data: Path, folder: str) -> tuple[str, ...]:
    """Every version that the records of a folder name, bounds included, sorted as text."""
    found: set[str] = set()
    with zipfile.ZipFile(data / "osv" / folder / "all.zip") as archive:
        for entry in archive.namelist():
            for affected in json.loads(archive.read(entry)).get("affected", ()):
                if affected.get("package", {}).get("ecosystem", "").split(":")[0] != folder:
                    continue
                found.update(affected.get("versions") or ())
                for span in affected.get("ranges") or ():
                    if span["type"] != "GIT":
                        found.update(text for event in span["events"] for text in event.values())
    return tuple(sorted(version for version in found if version.isprintable()))


def random_pairs(versions: Iterable[str], count: int) -> list[tuple[str, str]]:
    """The same pairs every time: neighbours as text (they differ little), and any two."""
    listed = sorted(versions)
    chosen = random.Random(11)
    pairs = list(itertools.pairwise(listed))
    return pairs + [(chosen.choice(listed), chosen.choice(listed)) for _ in range(count)]


def wrong(order: Order, ranked: Ranked) -> list[tuple[str, str]]:
    """Neighbours in a program's order that our keys order otherwise, and ones we refuse."""
    known = [(rank, version) for rank, version in ranked if rank is not None]
    refused = [("refused", version) for _, version in known if key_or_none(order, version) is None]
    keyed = [(rank, version) for rank, version in known if key_or_none(order, version) is not None]
    return refused + [
        (before[1], after[1])
        for before, after in itertools.pairwise(keyed)
        if compare(order, before[1], after[1]) != -(before[0] != after[0])
    ]


def refused_by(ranked: Ranked) -> list[str]:
    return [version for rank, version in ranked if rank is None]


def ranked_by(command: list[str], versions: Iterable[str]) -> Ranked:
    """What a program makes of `versions`."""
    done = subprocess.run(
        command, input="\n".join(versions), capture_output=True, text=True, check=True, timeout=300
    )
    rows = [line.split("\t", 1) for line in done.stdout.removesuffix("\n").split("\n")]
    return [(None if rank == "-" else int(rank), version) for rank, version in rows]


# ── the programs ─────────────────────────────────────────────────────────────────────────────────

_NODE = """
const semver = require(process.argv[1]), lines = require('fs').readFileSync(0, 'utf8').split('\\n')
const good = [], out = []
for (const line of lines) {
  const parsed = semver.parse(line, {loose: true})
  if (parsed) good.push([line, parsed]); else out.push('-\\t' + line)
}
good.sort((a, b) => a[1].compare(b[1]))
let rank = 0, last = null
for (const [line, parsed] of good) {
  if (last && last.compare(parsed)) rank++
  last = parsed
  out.push(rank + '\\t' + line)
}
console.log(out.join('\\n'))
"""

_RUBY = """
good, bad = [], []
STDIN.read.split("\\n", -1).each do |line|
  Gem::Version.correct?(line) ? good << [Gem::Version.new(line), line] : bad << line
end
rank, last = 0, nil
good.sort { |a, b| a[0] <=> b[0] }.each do |version, line|
  rank += 1 if last && (last <=> version) != 0
  last = version
  puts "#{rank}\\t#{line}"
end
bad.each { |line| puts "-\\t#{line}" }
"""

_PHP = """
require '/usr/share/php/Composer/Semver/autoload.php';
$parser = new Composer\\Semver\\VersionParser(); $good = []; $bad = [];
foreach (explode("\\n", stream_get_contents(STDIN)) as $line) {
  try {
    $normal = $parser->normalize($line);
    if (strpos($normal, 'dev-') === 0) { $bad[] = $line; } else { $good[] = [$normal, $line]; }
  } catch (UnexpectedValueException $refused) { $bad[] = $line; }
}
usort($good, fn($a, $b) => version_compare($a[0], $b[0]));
$rank = 0; $last = null;
foreach ($good as [$normal, $line]) {
  if ($last !== null && version_compare($last, $normal) !== 0) { $rank++; }
  $last = $normal; echo "$rank\\t$line\\n";
}
foreach ($bad as $line) { echo "-\\t$line\\n"; }
"""

_ELIXIR = """
{good, bad} = IO.stream(:stdio, :line) |> Enum.map(&String.trim_trailing(&1, "\\n"))
  |> Enum.split_with(&(Version.parse(&1) != :error))
good |> Enum.sort(&(Version.compare(&1, &2) != :gt))
  |> Enum.reduce({0, nil}, fn line, {rank, last} ->
    rank = if last && Version.compare(last, line) != :eq, do: rank + 1, else: rank
    IO.puts("#{rank}\\t#{line}")
    {rank, line}
  end)
Enum.each(bad, &IO.puts("-\\t#{&1}"))
"""

_GO = """package main

import ("bufio"; "fmt"; "os"; "sort"; "judge/semver")

func main() {
	var good, bad []string
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if line := lines.Text(); semver.IsValid(line) { good = append(good, line)
		} else { bad = append(bad, line) }
	}
	sort.SliceStable(good, func(i, j int) bool { return semver.Compare(good[i], good[j]) < 0 })
	rank := 0
	for i, line := range good {
		if i > 0 && semver.Compare(good[i-1], line) != 0 { rank++ }
		fmt.Printf("%d\\t%s\\n", rank, line)
	}
	for _, line := range bad { fmt.Printf("-\\t%s\\n", line) }
}
"""

_MAVEN_JARS = ("/usr/share/java/maven3-artifact.jar", "/usr/share/java/maven-artifact-3.x.jar")
_MAVEN_NEEDS = ("/usr/share/java/commons-lang3.jar",)


def node_semver() -> list[str]:
    """node-semver (loose), as npm brings it."""
    places = ("/usr/lib/node_modules/npm/node_modules/semver", "/usr/share/nodejs/semver")
    module = next((place for place in places if Path(place).is_dir()), None)
    if module is None or not shutil.which("node"):
        pytest.skip("no Node.js with node-semver (Debian: nodejs, node-semver)")
    return ["node", "-e", _NODE, module]


def gem_version() -> list[str]:
    """RubyGems' Gem::Version."""
    if not shutil.which("ruby"):
        pytest.skip("no Ruby")
    return ["ruby", "-e", _RUBY]


def composer_semver() -> list[str]:
    """composer/semver and PHP's version_compare."""
    if not shutil.which("php") or not Path("/usr/share/php/Composer/Semver").is_dir():
        pytest.skip("no composer/semver (Debian: php-cli, php-composer-semver)")
    return ["php", "-r", _PHP]


def elixir_version() -> list[str]:
    """Elixir's Version."""
    if not shutil.which("elixir"):
        pytest.skip("no Elixir")
    return ["elixir", "-e", _ELIXIR]


def go_semver(place: Path) -> list[str]:
    """golang.org/x/mod/semver, as the Go distribution brings it; built in `place`."""
    homes = (shutil.which("go"), *map(str, Path("/usr/lib").glob("go-*/bin/go")))
    go = next((home for home in homes if home), None)
    if go is None:
        pytest.skip("no Go")
    root = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout
    module = Path(root.strip()) / "src/cmd/vendor/golang.org/x/mod/semver"
    if not module.is_dir():
        pytest.skip("a Go distribution without its sources")
    (place / "semver").mkdir(parents=True)
    shutil.copy(module / "semver.go", place / "semver")
    (place / "main.go").write_text(_GO)
    (place / "go.mod").write_text("module judge\n\ngo 1.18\n")
    own = {"HOME": str(place), "GOCACHE": str(place / "cache"), "GOTOOLCHAIN": "local"}
    program = str(place / "judge")
    build = [go, "build", "-o", program, "."]
    subprocess.run(build, cwd=place, env=own | {"PATH": "/usr/bin:/bin"}, check=True, timeout=300)
    return [program]


def maven_compares(versions: list[str]) -> list[int]:
    """-1, 0 or 1 for each two neighbours, by Maven 3's ComparableVersion."""
    jar = next((jar for jar in _MAVEN_JARS if Path(jar).is_file()), None)
    if jar is None or not shutil.which("java"):
        pytest.skip("no Java with maven-artifact (Debian: libmaven3-core-java)")
    path = ":".join((jar, *_MAVEN_NEEDS))
    found: list[int] = []
    for start in range(0, len(versions), 5_000):  # its arguments are bounded
        part = versions[start : start + 5_001]
        done = subprocess.run(
            ["java", "-cp", path, "org.apache.maven.artifact.versioning.ComparableVersion", *part],
            capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
        lines = [line[3:] for line in done.stdout.split("\n") if line.startswith("   ")]
        for (left, right), line in zip(itertools.pairwise(part), lines, strict=True):
            sign = line.removeprefix(left).removesuffix(right).strip()
            found.append({"<": -1, "==": 0, ">": 1}[sign])
    return found
