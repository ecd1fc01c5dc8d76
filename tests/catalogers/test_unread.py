from ironhull.catalogers._unread import unread

PATHS = [
    "app/package.json",
    "opt/app/app.jar",
    "usr/share/java/x.jar",
    "usr/local/bundle/specifications/rack-3.1.gemspec",
    "usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.gemspec",
    "srv/vendor/composer/installed.json",
    "app/web.deps.json",
    "opt/conda/conda-meta/numpy-2.json",
    "lib/apk/db/installed",
    "etc/passwd",
]


def test_what_is_seen_and_not_listed_is_said_by_kind() -> None:
    assert {(p.where, p.message.partition(" not read")[0]) for p in unread(PATHS)} == {
        ("opt/app/app.jar", "1 package file of Java"),
        ("usr/local/bundle/specifications/rack-3.1.gemspec", "1 package file of RubyGems"),
        ("srv/vendor/composer/installed.json", "1 package file of Composer"),
        ("app/web.deps.json", "1 package file of .NET"),
        ("opt/conda/conda-meta/numpy-2.json", "1 package file of Conda"),
        ("lib/apk/db/installed", "1 package file of apk"),
    }


def test_an_image_without_them_says_nothing() -> None:
    assert list(unread(["usr/bin/python3", "usr/share/java/x.jar", "app/app.py"])) == []
