"""Java: versions of images, what is carried, options without a shell."""

import pytest

from ironhull.dockerfiles import script_commands
from ironhull.hardening._quoting import env_value
from ironhull.hardening.java import JAVA, options
from tests.hardening.subjects import draft, subject


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("eclipse-temurin:21-jdk", "21"),
        ("eclipse-temurin:17.0.9_9-jre-alpine", "17"),
        ("openjdk:8", "8"),
        ("openjdk:1.8", "8"),
        ("amazoncorretto:11", "11"),
        ("maven:3.9-eclipse-temurin-21", "21"),
        ("maven:3.9.6-amazoncorretto-17-debian", "17"),
        ("gradle:8-jdk21", "21"),
        ("gradle:8", ""),
        ("gcr.io/distroless/java17-debian12:nonroot", "17"),
        ("tomcat:10", None),
        ("debian:12", None),
    ],
)
def test_versions(image: str, version: str | None) -> None:
    assert JAVA.recognise(subject(f"FROM {image}\n")) == version


def test_a_jar_that_the_final_stage_makes_is_carried_alone() -> None:
    text = "FROM maven:3-eclipse-temurin-21\nWORKDIR /b\nCOPY . .\nRUN mvn package\n"
    text += 'CMD ["java", "-jar", "target/app.jar"]\n'
    files = {"pom.xml": "", "src/main/A.java": "", "config/app.yml": "", "README.md": ""}
    made = draft(text, JAVA, files)
    assert [carried.target for carried in JAVA.carry(made)] == ["/b/target/app.jar", "/b/config"]
    assert made.only_carried


def test_a_jar_that_a_copy_brings_is_not() -> None:
    text = "FROM maven:3 AS b\nRUN mvn package\nFROM eclipse-temurin:21\nRUN useradd x\n"
    text += 'COPY --from=b /target/*.jar /app.jar\nCMD ["java", "-jar", "/app.jar"]\n'
    made = draft(text, JAVA)
    assert JAVA.carry(made) == ()
    assert not made.only_carried


def test_a_class_path_is_carried() -> None:
    text = "FROM eclipse-temurin:21-jdk\nWORKDIR /b\nCOPY src src\nRUN make\n"
    made = draft(f'{text}CMD ["java", "-cp", "classes:lib/*", "Main"]\n', JAVA, {"src/A.java": ""})
    assert [carried.target for carried in JAVA.carry(made)] == ["/b/classes", "/b/lib"]
    unclear = draft(f'{text}CMD ["java", "-cp", ".", "Main"]\n', JAVA, {"src/A.java": ""})
    assert JAVA.carry(unclear) == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("java $JAVA_OPTS -jar app.jar", "java -jar app.jar"),
        ("exec java ${JAVA_OPTS} -jar app.jar", "java -jar app.jar"),
        ("java ${JAVA_OPTS:-} -jar /app.jar ${0} ${@}", "java -jar /app.jar"),
        ("java -jar app.jar --port=$PORT", ""),
        ("java $JAVA_OPTS -jar app.jar --port=$PORT", ""),
        ("cd /x && java $JAVA_OPTS -jar app.jar", ""),
        ("java $JAVA_OPTS -jar app.jar > log", ""),
        ("java -jar app.jar", ""),
    ],
)
def test_options(line: str, words: str) -> None:
    text = f'FROM eclipse-temurin:21\nENV JAVA_OPTS="-Xmx1g -Dx=\\"y\\""\nCMD {line}\n'
    made = draft(text, JAVA)
    found = options(script_commands(line), made)
    assert " ".join(found or ()) == words
    if words:
        assert made.environment == {"JAVA_TOOL_OPTIONS": '"-Xmx1g -Dx=\\"y\\""'}
        (left,) = made.by_hand
        assert left.line == 3
        assert "JAVA_TOOL_OPTIONS" in left.reason


def test_another_program_is_left_by_hand() -> None:
    made = draft("FROM eclipse-temurin:21\n", JAVA)
    assert JAVA.start(("catalina.sh", "run"), made) is None
    assert "catalina.sh" in made.by_hand[0].reason
    assert JAVA.start(("/opt/java/openjdk/bin/java", "-jar", "a"), made) == ("java", "-jar", "a")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", "a"),
        ("", '""'),
        ("a b", '"a b"'),
        ("$A", '"\\$A"'),
        ("-Dx=1", "-Dx=1"),
        ('"', '"\\""'),
    ],
)
def test_values_of_variables(text: str, value: str) -> None:
    from ironhull.dockerfiles import scope_of

    assert env_value(text) == value
    made = subject(f"FROM x\nENV A={value}\n")
    assert scope_of(made.dockerfile).environment(made.stage)["A"] == text


def test_a_build_whose_result_is_not_clear_may_write_anything() -> None:
    text = "FROM maven:3\nWORKDIR /b\nRUN mvn package\n"
    for line, kind in (
        ('CMD ["java", "-jar", "target/app.jar"]', "installs"),
        ("CMD java $JAVA_OPTS -jar target/app.jar", "installs"),
        ('CMD ["sh", "-c", "exec java $JAVA_OPTS -jar target/app.jar"]', "installs"),
        ('CMD ["java", "-cp", ".", "Main"]', "writes"),
        ("CMD ./run", "writes"),
    ):
        made = draft(f"{text}{line}\n", JAVA)
        made.at = made.subject.stage.all("RUN")[0]
        effect = JAVA.effect(made.commands(made.at)[0], made)
        assert effect is not None
        assert effect.kind == kind, line
