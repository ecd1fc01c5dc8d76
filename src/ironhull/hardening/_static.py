"""Rows of languages whose programs run on the static base, where their build proves it."""

from __future__ import annotations

from collections.abc import Callable

from ironhull.dockerfiles import ShellCommand
from ironhull.hardening._assets import assets_of
from ironhull.hardening._compiled import carried_program, compiled, program_path
from ironhull.hardening._draft import Draft
from ironhull.hardening._row import Carried, Effect, Language, Subject
from ironhull.hardening._started import packages_of_a_static_program

__all__ = ["static_language"]


def static_language(
    name: str,
    images: tuple[str, ...],
    tools: tuple[str, ...],
    is_source: Callable[[str], bool],
    build_env: Callable[[str], bool],
) -> Language:
    """The row of a language: `tools` are its compilers, `is_source` tells the files they read."""

    def recognise(subject: Subject) -> str | None:
        found = compiled(subject, images)
        return found.version if found and found.linkage.kind == "static" else None

    def effect(command: ShellCommand, draft: Draft) -> Effect | None:
        if command.program in tools:
            return Effect("installs")
        return packages_of_a_static_program(command, draft, images)

    def carry(draft: Draft) -> tuple[Carried, ...]:
        program = carried_program(draft)
        if not program:
            return ()
        draft.only_carried = True
        return (*program, *assets_of(draft.subject, is_source))

    return Language(
        name=name,
        images=images,
        recognise=recognise,
        effect=effect,
        begin=lambda _: (),
        carry=carry,
        build_env=build_env,
        start=program_path,
    )
