"""`dataclass`, `field` and `replace` as in `dataclasses`, for classes that start-up waits for.

The standard decorator compiles six methods per class and needs `inspect`: half of the time a short
command takes. This one compiles `__init__` when it is first called and shares the rest. Type
checkers see the standard ones, and `dataclasses.fields`, `replace` and `asdict` work on its
classes. Only what Ironhull uses is here: frozen or not, always with slots, no inheritance of
fields.
"""

from __future__ import annotations

__all__ = ["dataclass", "field", "replace"]

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    from operator import attrgetter

    _NONE = object()

    class _Field:
        """What `field` says of one field."""

        __slots__ = ("compare", "default", "default_factory", "repr")

        def __init__(self, default, default_factory, repr, compare):  # noqa: A002 - its name there
            self.default = default
            self.default_factory = default_factory
            self.repr = repr
            self.compare = compare

    def field(*, default=_NONE, default_factory=_NONE, repr=True, compare=True):  # noqa: A002
        """As `dataclasses.field`."""
        return _Field(default, default_factory, repr, compare)

    def dataclass(*, frozen=False, slots, eq=True, kw_only=False):
        """As `dataclasses.dataclass` with `slots=True`, the only kind there is here."""
        assert slots
        return lambda cls: _made(cls, frozen=frozen, eq=eq, kw_only=kw_only)

    def replace(value, /, **changes):
        """As `dataclasses.replace`."""
        fields = getattr(type(value), "_value_fields", None)
        if fields is None:  # a class of the standard library's making
            import dataclasses

            return dataclasses.replace(value, **changes)
        for name in fields:
            if name not in changes:
                changes[name] = getattr(value, name)
        return type(value)(**changes)

    def _made(cls, *, frozen, eq, kw_only):
        body = dict(cls.__dict__)
        fields = {}
        for name in cls.__annotations__:
            said = body.pop(name, _NONE)
            fields[name] = said if type(said) is _Field else _Field(said, _NONE, True, True)
        for name in ("__dict__", "__weakref__"):
            body.pop(name, None)
        names = tuple(fields)
        body["__slots__"] = names
        body["__match_args__"] = () if kw_only else names
        body["__dataclass_fields__"] = _StandardFields(fields)
        body["_value_fields"] = names
        new = type(cls)(cls.__name__, cls.__bases__, body)
        new.__qualname__ = cls.__qualname__
        _initialise(new, fields, kw_only)
        if eq:
            _compare(new, tuple(n for n in names if fields[n].compare), hashed=frozen)
        if "__repr__" not in body:
            new.__repr__ = _repr_of(tuple(name for name in names if fields[name].repr))
        if frozen:
            _freeze(new, names)
        return new

    def _initialise(cls, fields, kw_only):
        """Give `cls` an `__init__` that is compiled for its fields when the first value is made.

        Most runs make values of a few classes only. A value that is all defaults needs no compiler.
        """
        plain = not hasattr(cls, "__post_init__") and all(
            said.default is not _NONE for said in fields.values()
        )

        def first(self, /, *values, **named):
            if plain and not values and not named:
                for name, said in fields.items():
                    getattr(cls, name).__set__(self, said.default)
            else:
                if cls.__init__ is first:
                    _compile(cls, fields, kw_only)
                cls.__init__(self, *values, **named)

        first.__qualname__ = f"{cls.__qualname__}.__init__"
        cls.__init__ = first
        cls.__signature__ = _Signature(fields, kw_only)

    def _compile(cls, fields, kw_only):
        """Give `cls` an `__init__` that sets the slots."""
        scope = {"_none": _NONE}
        parameters = ["self", "*"] if kw_only and fields else ["self"]
        lines = []
        for number, (name, said) in enumerate(fields.items()):
            scope[f"_set{number}"] = getattr(cls, name).__set__
            value = name
            if said.default_factory is not _NONE:
                scope[f"_new{number}"] = said.default_factory
                parameters.append(f"{name}=_none")
                value = f"_new{number}() if {name} is _none else {name}"
            elif said.default is not _NONE:
                scope[f"_default{number}"] = said.default
                parameters.append(f"{name}=_default{number}")
            else:
                parameters.append(name)
            lines.append(f" _set{number}(self, {value})")
        if hasattr(cls, "__post_init__"):
            lines.append(" self.__post_init__()")
        source = f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"])
        exec(source, scope)  # noqa: S102 - made of the names of fields, as the standard one is
        cls.__init__ = scope["__init__"]
        cls.__init__.__qualname__ = f"{cls.__qualname__}.__init__"

    def _compare(cls, names, *, hashed):
        key = attrgetter(*names) if names else lambda _: ()

        def equal(self, other):
            if other.__class__ is not self.__class__:
                return NotImplemented
            return key(self) == key(other)

        cls.__eq__ = equal
        cls.__hash__ = (lambda self: hash(key(self))) if hashed else None

    def _repr_of(names):
        def text(self):
            shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
            return f"{self.__class__.__qualname__}({shown})"

        return text

    def _freeze(cls, names):
        """Refuse changes, also to attributes that are not fields, and let copies be made."""
        setters = tuple(getattr(cls, name).__set__ for name in names)

        def restore(self, state):
            for put, value in zip(setters, state, strict=True):
                put(self, value)

        cls.__setattr__ = _refuse
        cls.__delattr__ = _refuse
        cls.__getstate__ = _state
        cls.__setstate__ = restore

    def _refuse(_self, name, *_):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _state(self):
        return [getattr(self, name) for name in self._value_fields]

    class _Signature:
        """What `inspect.signature` says of a class, made when somebody asks."""

        def __init__(self, fields, kw_only):
            self._fields = fields
            self._kw_only = kw_only

        def __get__(self, _value, cls):
            import inspect

            _compile(cls, self._fields, self._kw_only)
            signature = inspect.signature(cls.__init__)
            return signature.replace(parameters=list(signature.parameters.values())[1:])

    class _StandardFields:
        """The fields as `dataclasses` describes them, made when somebody asks."""

        def __init__(self, fields):
            self._fields = fields
            self._made = None

        def __get__(self, _value, cls):
            if self._made is None:
                import dataclasses

                rows = []
                for name, said in self._fields.items():
                    options = {"repr": said.repr, "compare": said.compare}
                    if said.default_factory is not _NONE:
                        options["default_factory"] = said.default_factory
                    elif said.default is not _NONE:
                        options["default"] = said.default
                    row = (name, cls.__annotations__[name], dataclasses.field(**options))
                    rows.append(row)
                twin = dataclasses.make_dataclass(cls.__name__, rows, kw_only=True)
                self._made = twin.__dataclass_fields__
            return self._made
