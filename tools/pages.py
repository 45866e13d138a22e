"""How nbdev makes a page of a notebook (named in pyproject.toml, so that nbdev-docs and tools/website.py agree).

nbdev finds this file when `tools` is on the path: PYTHONPATH=tools nbdev-docs

fastcore's DocmentTbl was the model. It sees no comments of a dataclass that a notebook defines, shows no `**kwargs`
and leaves a default of '' blank, so the rows come from `finetune_nb._help`, which also feeds `help`."""
import inspect
import re
from functools import lru_cache
from importlib import import_module
from operator import attrgetter
from textwrap import fill
from nbdev.doclinks import NbdevLookup
from nbdev.showdoc import BasicMarkdownRenderer
from finetune_nb import _help
from finetune_nb._modidx import d as index


# From a name to what the package has under it

@lru_cache(None)
def home_of(name):
    "The module that exports a name such as `split` or `Dataset.show`, or None"
    return next((module for module, names in index['syms'].items() if f'{module}.{name}' in names), None)


def packaged(name, otherwise):
    "What the package has under a name; a class defined in a notebook cell has no source to read comments from"
    module = home_of(name)
    if not module:
        return otherwise
    module = import_module(module)
    owner, _, method = name.rpartition('.')
    if not owner:
        return getattr(module, name)
    return inspect.getattr_static(attrgetter(owner)(module), method)


# From what the package has to Markdown

def in_cell(text):
    "Text for a cell of a Markdown table; code stays code"
    parts = re.split(r'(`[^`]+`)', ' '.join(text.split()))
    parts[::2] = [re.sub(r'''([*$^~<\[\]\\'"])''', r'\\\1', part) for part in parts[::2]]
    return ''.join(parts).replace('|', r'\|')


def code_in_cell(text):
    "Code for a cell of a Markdown table, with no character that Markdown could read as its own"
    entities = re.sub(r'[^\w\s.,()=-]|_', lambda m: f'&#{ord(m[0])};', text)
    return f'<code>{entities}</code>' if text else ''


def signature(name, obj):
    "How one calls it, with the defaults; types and meanings stand in the table below"
    shown, star = [], False
    for key, p in inspect.signature(obj).parameters.items():
        if key == 'self' or key.startswith('_'):
            continue
        if p.kind == p.KEYWORD_ONLY and not star:
            shown.append('*')
        star = star or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        stars = {p.VAR_POSITIONAL: '*', p.VAR_KEYWORD: '**'}.get(p.kind, '')
        default = _help.default_text(p.default).replace('<factory>', '…')
        shown.append(f'{stars}{key}={default}' if default else f'{stars}{key}')
    kind = '' if inspect.isclass(obj) else _help.returned(obj)[0]
    after = f' -> {kind}' if kind else ''
    return fill(f"{name}({', '.join(shown)}){after}", 80, subsequent_indent='    ', break_long_words=False, break_on_hyphens=False)


def table(obj):
    "Markdown of the parameters and of what comes out: name, type, default, meaning"
    rows = [(f'`{name}`', *map(code_in_cell, (kind, default)), in_cell(meaning))
            for name, kind, default, meaning in _help.parameters(obj)]
    kind, meaning = _help.returned(obj)
    if kind:
        rows.append(('**Returns**', code_in_cell(kind), '', in_cell(meaning)))
    if not rows:
        return ''
    head = 'Field' if inspect.isclass(obj) and _help.is_dataclass(obj) else 'Parameter'
    lines = [(head, 'Type', 'Default', 'Meaning'), ('---',) * 4, *rows]
    return '::: {.parameters}\n\n' + '\n'.join(f"| {' | '.join(line)} |" for line in lines) + '\n\n:::\n\n'


def described(name, obj, docstring):
    "Docstring, signature and table of a function, method, property or class"
    text = f'*{docstring}*\n\n' if docstring else ''
    if isinstance(obj, property):
        kind = _help.returned(obj.fget)[0]
        return f"{text}```python\n{name}{f' -> {kind}' if kind else ''}\n```\n\n"
    obj = getattr(obj, '__func__', obj)
    if inspect.isclass(obj) and not _help.parameters(obj):
        return text
    return f'{text}```python\n{signature(name, obj)}\n```\n\n{table(obj)}'


def first_line(obj):
    "The docstring as it was written, without the sections that `help` adds"
    return (inspect.getdoc(obj) or '').split('\n\n')[0]


class Renderer(BasicMarkdownRenderer):
    "Heading, link to the source, docstring, signature and parameters of a public name, and of the methods in its class"
    def __init__(self, sym, name=None, title_level=3):
        name = name or getattr(sym, '__qualname__', None)       # below a decorator a patched method forgets its class
        super().__init__(sym, name=name, title_level=title_level)
        if getattr(sym, '__wrapped__', None): self.fn = f'{sym.__module__}.{self.nm}'

    def methods(self):
        "Each public method or property that stands in the cell of the class"
        inside = vars(self.sym) if inspect.isclass(self.sym) else {}
        return [k for k, v in inside.items() if k[0] != '_' and (callable(v) or isinstance(v, (property, staticmethod, classmethod)))]

    def _repr_markdown_(self):
        source = NbdevLookup().code(self.fn)
        text = f'[source]({source}){{style="float:right; font-size:smaller"}}\n\n' if source else ''
        text += f"{'#' * self.title_level} {self.nm}\n\n"
        methods = self.methods()
        fields = [k for k in vars(self.sym) if k[0] != '_' and k not in methods] if inspect.isclass(self.sym) else []
        anchors = ''.join(f'<span id="{self.nm}.{k}"></span>'.lower() for k in fields)      # nbdev links to them, too
        text += anchors + '\n\n' if anchors else ''
        text += described(self.nm, packaged(self.nm, self.sym), first_line(self.sym))
        for k in methods:
            name, method = f'{self.nm}.{k}', vars(self.sym)[k]
            text += f"{'#' * (self.title_level + 1)} {name}\n\n{described(name, packaged(name, method), first_line(method))}"
        return text


# What is done to cells after nbdev

def without_directives(cell):
    "A text cell that is exported says so in its first line; no reader needs to see that"
    if cell.cell_type == 'markdown' and 'source' in cell: cell.source = re.sub(r'\A(#\|.*\n)+', '', cell.source)


def folded_source(cell):
    "The source of a public name is folded: its signature and its table stand above it"
    if cell.cell_type == 'code' and 'source' in cell:
        cell.source = cell.source.replace('#| code-fold: show\n#| code-summary: "Exported source"\n',
                                          '#| code-fold: true\n#| code-summary: "Source"\n', 1)
