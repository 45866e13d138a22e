"""The public names of the package as a type stub: editors complete them, and `finetune_nb/__init__.py` finds them.

`tools/readme.py` writes finetune_nb/__init__.pyi beside README.md. A name is public when its cell is marked `#| exports`;
what is marked `#| export` belongs to its module and is imported from there."""
import ast, json, re
from pathlib import Path

root = Path(__file__).parents[1]
note = '"Made by tools/readme.py from the cells marked `#| exports`. Do not edit."\n\n'


def defined(source):
    "The names that a cell defines, without methods given by `@patch`"
    for node in ast.parse(source).body:
        patched = any('patch' in ast.unparse(d) for d in getattr(node, 'decorator_list', []))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not patched:
            yield node.name


def public_names():
    "Each module with its public names, in the order of the notebooks"
    for path in sorted((root/'nbs').glob('[0-9]*.ipynb')):
        sources = [''.join(c['source']) for c in json.loads(path.read_text(encoding='utf-8'))['cells']]
        module = next(m[1] for m in map(re.compile(r'#\| default_exp (\S+)').match, sources) if m)
        names = [k for s in sources if s.startswith('#| exports') for k in defined(s) if k[0] != '_']
        if names:
            yield module, names


def make():
    "The text of finetune_nb/__init__.pyi"
    homes = dict(public_names())
    lines = [f"from .{module} import {', '.join(f'{k} as {k}' for k in names)}" for module, names in homes.items()]
    every = sorted(k for names in homes.values() for k in names)
    listed = ',\n'.join(f'    {k!r}' for k in every)
    return note + '\n'.join(lines) + f'\n\n__version__: str\n__all__ = [\n{listed},\n]\n'
