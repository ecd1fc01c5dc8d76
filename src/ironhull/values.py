"""`dataclass`, `field` and `replace` as in `dataclasses`, for classes that start-up waits for.

The standard decorator compiles six methods per class and needs `inspect`: half of the time a short
command takes. This one compiles `__init__` for classes many values are made of (0.1 ms; most have
a few in a run, which are filled in by a loop over the fields), and shares the rest. Type
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
        body["__signature__"] = _Signature(fields, kw_only)
        body["_value_fields"] = names
        if eq:
            compared = tuple(name for name in names if fields[name].compare)
            body["_value_key"] = attrgetter(*compared) if compared else lambda _: ()
            body["__eq__"] = _equal
            body["__hash__"] = _hashed if frozen else None
        if "__repr__" not in body:
            body["__repr__"] = _repr_of(tuple(name for name in names if fields[name].repr))
        if frozen:
            body.update(_FROZEN)
        left = _FEW
        checked = hasattr(cls, "__post_init__")

        def first(self, /, *values, **named):
            nonlocal left
            left -= 1
            if left < 0 or not _filled(self, fields, () if kw_only else names, values, named):
                if new.__init__ is first:
                    _compile(new, fields, kw_only)
                new.__init__(self, *values, **named)
            elif checked:
                self.__post_init__()

        body["__init__"] = first
        first.__qualname__ = f"{cls.__qualname__}.__init__"
        new = type(cls)(cls.__name__, cls.__bases__, body)
        new.__qualname__ = cls.__qualname__
        return new

    _FEW = 30
    """Values of a class that are filled in by its fields' names: to compile costs as much."""

    _put = object.__setattr__

    def _filled(self, fields, names, values, named):
        """Set the slots of a value; False where the arguments are not those of its class."""
        given = dict(zip(names, values, strict=False)) if values else {}
        if len(given) < len(values) or not given.keys().isdisjoint(named):
            return False
        given.update(named)
        for name, said in fields.items():
            if name in given:
                value = given.pop(name)
            elif said.default is not _NONE:
                value = said.default
            elif said.default_factory is not _NONE:
                value = said.default_factory()
            else:
                return False
            _put(self, name, value)
        return not given

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

    def _equal(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        key = self.__class__._value_key
        return key(self) == key(other)

    def _hashed(self):
        return hash(self.__class__._value_key(self))

    def _repr_of(names):
        def text(self):
            shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
            return f"{self.__class__.__qualname__}({shown})"

        return text

    def _refuse(_self, name, *_):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _state(self):
        return [getattr(self, name) for name in self._value_fields]

    def _restore(self, state):
        for name, value in zip(self._value_fields, state, strict=True):
            _put(self, name, value)

    _FROZEN = {
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__getstate__": _state,
        "__setstate__": _restore,
    }
    """What refuses changes, also to attributes that are not fields, and lets copies be made."""

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
