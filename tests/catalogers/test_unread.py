from ironhull.catalogers._unread import unread

PATHS = [
    "opt/app/app.jar",
    "usr/share/java/x.jar",
    "etc/passwd",
]


def test_what_is_seen_and_not_listed_is_said_by_kind() -> None:
    assert {(p.where, p.message.partition(" not read")[0]) for p in unread(PATHS)} == {
        ("opt/app/app.jar", "1 package file of Java"),
    }


def test_an_image_without_them_says_nothing() -> None:
    assert list(unread(["usr/bin/python3", "usr/share/java/x.jar", "app/app.py"])) == []
