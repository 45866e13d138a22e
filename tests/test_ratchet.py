"""Counts of what makes exported code hard to read; they may only fall

Lower a number here when it fell. The numbers of November 2026, before each definition had a cell of its own, stand beside them."""
import ast
import statistics
from notebooks import cells, rooms

limits = {
    'lines above 110 columns': 34,                      # 523
    'lines above 100 columns': 148,                     # 974
    'one-line blocks': 0,                              # 780, of them 420 of `if`
    'tuple assignments': 0,                            # 330
    'functions without a docstring': 5,                # 232 of 837
    'cells above 20 lines': 80,                        # 195
}


def exported():
    "All exported code cells"
    return [c for path in rooms for c in cells(path) if c.exported and c.kind == 'code']


def one_line_blocks(tree):
    "Blocks that stand on the line of their `if`, `for`, `def`, `with` or `try`"
    for node in ast.walk(tree):
        for name in ('body', 'orelse', 'finalbody'):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and hasattr(node, 'lineno') and not isinstance(node, ast.Lambda):
                heads = [node.lineno, *(o.end_lineno for o in ast.walk(getattr(node, 'test', ast.Pass())) if hasattr(o, 'end_lineno'))]
                if block[0].lineno in heads: yield block[0]


def tuple_assignments(tree):
    "Assignments of several values to several names, in one statement"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and isinstance(node.targets[0], ast.Tuple): yield node


def undocumented(tree):
    "Functions of a module and public methods without a docstring; dunder methods and events of callbacks explain themselves"
    for node in tree.body:
        functions = [node] if isinstance(node, ast.FunctionDef) else []
        if isinstance(node, ast.ClassDef): functions = [o for o in node.body if isinstance(o, ast.FunctionDef)]
        for o in functions:
            event = isinstance(node, ast.ClassDef) and o.name.startswith(('before_', 'after_', '_'))
            if not o.name.startswith('__') and not event and not o.name.startswith('_repr_') and not ast.get_docstring(o): yield o


def counts():
    "What there is of each"
    found = exported()
    lines = [line for c in found for line in c.source.splitlines()]
    definitions = [c for c in found if c.definitions]
    return {
        'lines above 110 columns': sum(len(line) > 110 for line in lines),
        'lines above 100 columns': sum(len(line) > 100 for line in lines),
        'one-line blocks': sum(1 for c in found for _ in one_line_blocks(c.tree)),
        'tuple assignments': sum(1 for c in found for _ in tuple_assignments(c.tree)),
        'functions without a docstring': sum(1 for c in found for _ in undocumented(c.tree)),
        'cells above 20 lines': sum(len(c.source.splitlines()) > 20 for c in definitions),
    }


def test_counts_only_fall():
    now = counts()
    assert all(now[k] <= limits[k] for k in limits), f'more than before: {now}'
    assert all(now[k] >= limits[k] for k in limits), f'it fell: write the new number into `limits`: {now}'


def test_cells_are_short():
    lengths = sorted(len(c.source.splitlines()) for c in exported() if c.definitions)
    assert statistics.median(lengths) <= 10, statistics.median(lengths)
    assert lengths[int(0.9 * len(lengths))] <= 20, lengths[int(0.9 * len(lengths))]
