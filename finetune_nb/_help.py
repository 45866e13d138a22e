"""What `help` says of each parameter, taken from the comment beside it

The lazy top of the package calls `document` when a name is first asked for. The source files stay
as they are, so `inspect.getsource` and the website show each meaning once."""

import inspect
import re
import warnings
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from types import FunctionType

package = __name__.rpartition('.')[0]


def _is_ours(obj):
    "Is it defined in this package?"
    module = getattr(obj, '__module__', None) or ''
    return module.partition('.')[0] == package


@lru_cache(16)
def _comments(obj):
    "The comment beside each parameter and beside what is returned"
    from fastcore.docments import docments      # late, so that `import finetune_nb` stays quick
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')         # about sections of inherited docstrings
        return docments(obj, args_kwargs=True)


def type_text(
    annotation: object,  # As `inspect` gives it
) -> str:  # Without the names of modules; '' when there is none
    "A type as one would write it"
    if annotation is inspect.Parameter.empty:
        return ''
    if isinstance(annotation, str):
        return annotation
    return re.sub(r'\b(?:\w+\.)+(?=\w)', '', inspect.formatannotation(annotation))


def default_text(
    default: object,  # As `inspect` gives it
) -> str:  # '' when there is none
    "A default value as one would write it"
    if default is inspect.Parameter.empty:
        return ''
    if is_dataclass(default) and not inspect.isclass(default):
        values = {f.name: getattr(default, f.name) for f in fields(default)}
        usual = {f.name: f.default for f in fields(default)}
        changed = [f'{k}={v!r}' for k, v in values.items() if v != usual[k]]
        return f"{type(default).__name__}({', '.join(changed)})"
    return getattr(default, '__name__', None) or repr(default)


def _field_default(field):
    "The default of a field as one would write it"
    if field.default is not MISSING:
        return default_text(field.default)
    made_by = getattr(field.default_factory, '__name__', '_')
    return '' if made_by.startswith(('_', '<')) else f'{made_by}()'


def _fields_of(cls):
    "Rows of the fields of a dataclass; a field may carry its meaning in its metadata"
    comments = {}
    for base in reversed(cls.__mro__):
        if is_dataclass(base) and _is_ours(base):
            comments |= {k: v for k, v in _comments(base).items() if v}
    rows = []
    for f in fields(cls):
        meaning = f.metadata.get('meaning') or comments.get(f.name) or ''
        if not f.name.startswith('_'):
            rows.append((f.name, type_text(f.type), _field_default(f), meaning))
    return rows


def parameters(
    obj: object,  # A function, method or class of this package
) -> list:  # Of (name, type, default, meaning), in order; the name of `**kwargs` has its stars
    "The parameters of a function, the fields of a dataclass, or what a class is made from"
    if inspect.isclass(obj) and is_dataclass(obj):
        return _fields_of(obj)
    if inspect.isclass(obj):
        obj = obj.__init__
        if not _is_ours(obj):
            return []
    stars = {inspect.Parameter.VAR_POSITIONAL: '*', inspect.Parameter.VAR_KEYWORD: '**'}
    meaning = _comments(obj)
    rows = []
    for name, p in inspect.signature(obj).parameters.items():
        row = (type_text(p.annotation), default_text(p.default), meaning.get(name) or '')
        if name != 'self':
            rows.append((stars.get(p.kind, '') + name, *row))
    return rows


def returned(
    obj: object,  # A function or method of this package
) -> tuple:  # (type, meaning); ('', '') for a class, and for what returns nothing
    "What comes out of a function"
    if inspect.isclass(obj):
        return '', ''
    kind = type_text(inspect.signature(obj).return_annotation)
    return ('', '') if kind in ('', 'None') else (kind, _comments(obj).get('return') or '')


def _section(title, entries):
    "A section of a docstring in the style of NumPy"
    lines = [title, '-' * len(title)]
    for head, meaning in entries:
        lines.append(head)
        lines += [f'    {line}' for line in meaning.splitlines()]
    return '\n'.join(lines)


def _entry(name, kind, default, meaning):
    "One parameter in the style of NumPy"
    after = ', '.join(filter(None, [kind, default and f'default {default}']))
    return (f'{name} : {after}' if after else name), meaning


def _add_sections(obj, target):
    "Add what is known of the parameters of `obj` to the docstring of `target`, once"
    text = target.__doc__
    if not text or re.search(r'^(Parameters|Attributes|Returns)\n-{3,}$', text, re.M):
        return
    is_data = inspect.isclass(obj) and is_dataclass(obj)
    rows, (kind, meaning) = parameters(obj), returned(obj)
    parts = [inspect.cleandoc(text)]
    if rows:
        title = 'Attributes' if is_data else 'Parameters'
        parts.append(_section(title, [_entry(*row) for row in rows]))
    if kind:
        parts.append(_section('Returns', [(kind, meaning)]))
    target.__doc__ = '\n\n'.join(parts)


def _methods(cls):
    "The public functions and properties that this package gave to a class"
    for base in cls.__mro__:
        if not _is_ours(base):
            continue
        for name, value in vars(base).items():
            value = getattr(value, '__func__', value)           # of a class method or static method
            if not name.startswith('_') or name == '__call__':
                yield value


def _result_class(function):
    "The class of this package that a function returns, or None"
    result = inspect.signature(function).return_annotation
    return result if inspect.isclass(result) and _is_ours(result) else None


def document(
    obj: object,  # Any object; what is not a function or class of this package stays as it is
) -> object:  # The same object
    "Add to the docstring what each parameter means and what comes out; so for a class's methods"
    if not _is_ours(obj) or not callable(obj):
        return obj
    _add_sections(obj, obj)
    if inspect.isclass(obj):
        for method in _methods(obj):
            if isinstance(method, property) and _is_ours(method.fget):
                _add_sections(method.fget, method)
            elif isinstance(method, FunctionType) and _is_ours(method):
                _add_sections(method, method)
    elif _result_class(obj):
        document(_result_class(obj))        # who calls `train` may ask for help on the Run
    return obj
