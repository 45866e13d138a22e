"How the tests read notebooks: their cells, directives, syntax trees and public names"
import ast, json, re, tokenize
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from io import StringIO
from pathlib import Path
from IPython.core.inputtransformer2 import TransformerManager

root = Path(__file__).parents[1]
nbs = root/'nbs'
pages = sorted(p for p in nbs.rglob('*.ipynb') if not any(part[0] in '._' for part in p.relative_to(nbs).parts))
rooms = [p for p in pages if p.parent == nbs and p.name[0].isdigit()]      # a number in front: the notebook exports a module


def name_of(path): return path.relative_to(nbs).with_suffix('').as_posix()


@dataclass
class Cell:
    "One cell: its kind, its text without directives, and what it shows"
    kind: str
    source: str
    outputs: list = field(default_factory=list)

    @cached_property
    def directives(self):
        found = (re.match(r'#\|\s*([\w-]+):?\s*(.*)', line) for line in self.source.splitlines())
        return {m[1]: m[2].strip() for m in found if m}

    @cached_property
    def tree(self):
        if self.kind != 'code': return ast.Module([], [])
        source = TransformerManager().transform_cell(self.source)
        return compile(source, 'cell', 'exec', ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    @cached_property
    def comments(self):
        tokens = tokenize.generate_tokens(StringIO(self.source + '\n').readline)
        return {t.start[0]: t.string.lstrip('# ').strip() for t in tokens if t.type == tokenize.COMMENT}

    @property
    def exported(self): return bool({'export', 'exports', 'exporti'} & set(self.directives))

    @property
    def never_runs(self): return self.directives.get('eval') == 'false'

    @property
    def is_lesson(self):
        "A cell that is there to show something: not exported, not set-up, not only imports"
        imports = all(isinstance(o, (ast.Import, ast.ImportFrom)) for o in self.tree.body)
        return self.kind == 'code' and not (self.exported or imports or self.never_runs or 'hide' in self.directives)

    @property
    def definitions(self): return [o for o in self.tree.body if isinstance(o, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]

    @property
    def named(self):
        "The names without an underscore that an exported cell defines, with their nodes"
        if not self.exported or self.kind != 'code':
            return {}
        found = {o.name: o for o in self.definitions}
        for o in self.tree.body:
            targets = o.targets if isinstance(o, ast.Assign) else [o.target] if isinstance(o, ast.AnnAssign) else []
            found.update({t.id: o for t in targets if isinstance(t, ast.Name)})
        return {k: o for k, o in found.items() if k[0] != '_'}

    @property
    def public(self):
        "The names that this cell gives to `finetune_nb` itself: those of a cell marked `#| exports`"
        return self.named if 'exports' in self.directives else {}

    @property
    def shared(self):
        "The names that this cell gives to its module alone, for other rooms and for who imports them from there"
        return {} if 'exports' in self.directives else self.named

    @property
    def uses(self):
        nodes = list(ast.walk(self.tree))
        return {o.id for o in nodes if isinstance(o, ast.Name)} | {o.attr for o in nodes if isinstance(o, ast.Attribute)}

    @property
    def imports(self):
        "Every imported module or name, dotted in full"
        for o in ast.walk(self.tree):
            if isinstance(o, ast.Import): yield from (a.name for a in o.names)
            if isinstance(o, ast.ImportFrom): yield from (f"{'.' * o.level}{o.module or ''}.{a.name}" for a in o.names)

    @property
    def texts(self):
        "What the outputs say, as text"
        for o in self.outputs:
            if 'text' in o: yield ''.join(o['text'])
            for mime, value in o.get('data', {}).items():
                if mime.startswith('text/'): yield ''.join(value)


@lru_cache(None)
def cells(path):
    "All cells of a notebook, in order"
    return [Cell(c['cell_type'], ''.join(c['source']), c.get('outputs', []))
            for c in json.loads(path.read_text(encoding='utf-8'))['cells']]


@lru_cache(None)
def module_of(path):
    "The module that a room exports, or '' when it names none"
    return next((c.directives['default_exp'] for c in cells(path) if 'default_exp' in c.directives), '')


def is_patch(node):
    "Is this function a method that is given to a class from outside?"
    return any('patch' in ast.unparse(d) for d in getattr(node, 'decorator_list', []))


def public_names(path):
    "The public names of a room; methods added by `@patch` belong to their class and are not counted"
    return [k for c in cells(path) for k, o in c.public.items() if not is_patch(o)]
